-- A line that was set aside can be opened, covered, by whoever examines a release: the auditor besides the steward.
ALTER POLICY set_aside_lines_seen ON set_aside_lines USING ((SELECT lane_role()) IN ('registry_steward', 'auditor'));
