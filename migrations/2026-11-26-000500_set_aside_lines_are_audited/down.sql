ALTER POLICY set_aside_lines_seen ON set_aside_lines USING ((SELECT lane_role()) = 'registry_steward');
