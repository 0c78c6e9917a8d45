CREATE OR REPLACE FUNCTION heirs_of(households uuid[]) RETURNS TABLE (household_id uuid, heir_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE line AS (
        SELECT s.household_id, s.successor_id FROM successions_in_force s WHERE s.household_id = ANY (households)
        UNION
        SELECT line.household_id, s.successor_id
        FROM line JOIN successions_in_force s ON s.household_id = line.successor_id
    )
    SELECT line.household_id, line.successor_id
    FROM line
    WHERE lane_sees_households()
      AND EXISTS (SELECT 1 FROM household_snapshots h
                  WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = line.successor_id)
      AND NOT EXISTS (SELECT 1 FROM household_snapshots h
                      WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = line.household_id);
END;

CREATE OR REPLACE FUNCTION with_those_taken_in(households uuid[]) RETURNS TABLE (household_id uuid, taken_in_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE line AS (
        SELECT s.successor_id AS household_id, s.household_id AS taken_in_id
        FROM successions_in_force s WHERE s.successor_id = ANY (households)
        UNION
        SELECT line.household_id, s.household_id
        FROM line JOIN successions_in_force s ON s.successor_id = line.taken_in_id
    )
    SELECT h, h FROM unnest(households) h WHERE lane_sees_households()
    UNION
    SELECT line.household_id, line.taken_in_id
    FROM line
    WHERE lane_sees_households()
      AND NOT EXISTS (SELECT 1 FROM household_snapshots h
                      WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = line.taken_in_id);
END;

CREATE OR REPLACE FUNCTION kin_of(households uuid[]) RETURNS TABLE (household_id uuid, kin_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH living AS MATERIALIZED (
        SELECT h AS household_id, h AS living_id FROM unnest(households) h
        UNION
        SELECT heirs.household_id, heirs.heir_id FROM heirs_of(households) heirs
    )
    SELECT living.household_id, k.taken_in_id
    FROM living JOIN with_those_taken_in(ARRAY(SELECT living_id FROM living)) k ON k.household_id = living.living_id
    UNION
    SELECT living.household_id, living.living_id FROM living WHERE lane_sees_households();
END;

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

CREATE OR REPLACE FUNCTION receiving_aid(programs text[], households uuid[]) RETURNS TABLE (household_id uuid, program_code text, agency_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT k.household_id, c.program_code, c.agency_code
    FROM with_those_taken_in(households) k
    JOIN enrolment_claims c ON c.household_id = k.taken_in_id
    JOIN enrolments e ON e.household_id = c.household_id AND e.enrolment_id = c.enrolment_id AND e.state = 'active'
    JOIN public.programs p ON p.program_id = c.program_id
    WHERE c.program_code = ANY (programs) AND lane_role() = 'program_manager'
      AND (NOT p.sensitive OR c.agency_code = lane_agency());
END;
