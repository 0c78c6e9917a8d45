DROP POLICY release_activations_seen ON release_activations;
CREATE POLICY release_activations_seen ON release_activations FOR SELECT USING ((SELECT lane_role()) IN ('registry_steward', 'auditor'));
