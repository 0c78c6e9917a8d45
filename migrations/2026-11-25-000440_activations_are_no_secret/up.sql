-- Which release was in force when is said to everybody: a household's history is told from it.
DROP POLICY release_activations_seen ON release_activations;
CREATE POLICY release_activations_seen ON release_activations FOR SELECT USING ((SELECT lane_is_set()));
