-- The auditor holds standing enrolments against the rule in force as their agency does, so the decile that an enrolled
-- household has by now, wherever it lives, is theirs to see as well.
CREATE OR REPLACE FUNCTION deciles_of_enrolled(release uuid, households uuid[]) RETURNS TABLE (household_id uuid, decile smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT h.household_id, h.decile
    FROM household_snapshots h
    WHERE h.release_id = release AND h.household_id = ANY (households)
      AND lane_role() IN ('program_manager', 'auditor')
      AND EXISTS (SELECT 1 FROM enrolments e WHERE e.household_id = h.household_id
                  AND (e.agency_code = lane_agency() OR lane_role() = 'auditor'));
END;
