-- What is kept for a time only is deleted by the service's own lane: delivered files are noted as gone, set-aside
-- lines and stored answers go whole.
CREATE POLICY release_files_outlived ON release_files FOR UPDATE USING ((SELECT lane_role()) = 'service');
CREATE POLICY set_aside_lines_found_old ON set_aside_lines FOR SELECT USING ((SELECT lane_role()) = 'service');
CREATE POLICY set_aside_lines_outlived ON set_aside_lines FOR DELETE USING ((SELECT lane_role()) = 'service');
