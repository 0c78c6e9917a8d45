-- Which releases there are, what came with them and what their codes mean is for every role: decisions name them.
-- What was wrong with a delivery, and when it became active, is for who loads and who audits; lines that were set
-- aside hold whole persons, sealed, and are the steward's alone.

ALTER TABLE releases ENABLE ROW LEVEL SECURITY;
CREATE POLICY releases_seen ON releases FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY releases_received ON releases FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY releases_moved ON releases FOR UPDATE USING ((SELECT lane_role()) = 'registry_steward');

ALTER TABLE release_files ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_files_seen ON release_files FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY release_files_received ON release_files FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY release_files_counted ON release_files FOR UPDATE USING ((SELECT lane_role()) = 'registry_steward');

ALTER TABLE active_release ENABLE ROW LEVEL SECURITY;
CREATE POLICY active_release_seen ON active_release FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY active_release_set ON active_release FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY active_release_moved ON active_release FOR UPDATE USING ((SELECT lane_role()) = 'registry_steward');

ALTER TABLE code_book_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY code_book_entries_seen ON code_book_entries FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY code_book_entries_loaded ON code_book_entries FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY code_book_entries_cleared ON code_book_entries FOR DELETE USING ((SELECT lane_role()) = 'registry_steward');

ALTER TABLE release_activations ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_activations_seen ON release_activations FOR SELECT USING ((SELECT lane_role()) IN ('registry_steward', 'auditor'));
CREATE POLICY release_activations_made ON release_activations FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');

ALTER TABLE release_findings ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_findings_seen ON release_findings FOR SELECT USING ((SELECT lane_role()) IN ('registry_steward', 'auditor'));
CREATE POLICY release_findings_loaded ON release_findings FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY release_findings_cleared ON release_findings FOR DELETE USING ((SELECT lane_role()) = 'registry_steward');

ALTER TABLE set_aside_lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY set_aside_lines_seen ON set_aside_lines FOR SELECT USING ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY set_aside_lines_loaded ON set_aside_lines FOR INSERT WITH CHECK ((SELECT lane_role()) = 'registry_steward');
CREATE POLICY set_aside_lines_cleared ON set_aside_lines FOR DELETE USING ((SELECT lane_role()) = 'registry_steward');
