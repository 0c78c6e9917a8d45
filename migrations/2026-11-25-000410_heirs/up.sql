-- Households that the active release no longer has, and where they live on. Their aid stands until its agency ends
-- it, so whoever asks after a household's aid asks after that of the households it took in as well.
--
-- The functions of this migration see past the lane, each just as far as it says.

CREATE INDEX household_successions_by_successor ON household_successions (successor_id, household_id);

-- What releases said that were ever in force; the word of one that never was, or was turned back from, counts nothing.
CREATE VIEW successions_in_force AS
    SELECT s.household_id, s.successor_id FROM household_successions s JOIN releases r USING (release_id)
    WHERE r.state IN ('active', 'superseded');

-- Of these households the ones that are gone, each with the households of the active release that it went into,
-- through however many releases. Gives away ids only.
CREATE FUNCTION heirs_of(households uuid[]) RETURNS TABLE (household_id uuid, heir_id uuid)
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

-- These households, each with itself and with the gone households that it took in. Gives away ids only.
CREATE FUNCTION with_those_taken_in(households uuid[]) RETURNS TABLE (household_id uuid, taken_in_id uuid)
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

-- These households, each with all that are one family with it by now: itself, what it went into, and what that took
-- in. Gives away ids only.
CREATE FUNCTION kin_of(households uuid[]) RETURNS TABLE (household_id uuid, kin_id uuid)
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

-- Whoever decides on a household holds all that are one family with it, so that what was two households before is
-- decided on by one at a time.
CREATE OR REPLACE FUNCTION hold_households(households uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF lane_role() IS DISTINCT FROM 'program_manager' THEN
        RAISE EXCEPTION 'only a programme manager decides on aid' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM households h
    WHERE h.household_id = ANY (ARRAY(SELECT k.kin_id FROM kin_of(households) k))
    ORDER BY h.household_id FOR NO KEY UPDATE;
END
$$;

-- Which households stand in programmes of any agency. Gives away: that a household is in a programme whose
-- code the caller names, unless another agency marked it sensitive. Rules ask it; the lane hides the rows themselves.
CREATE OR REPLACE FUNCTION standing_aid(programs text[]) RETURNS TABLE (household_id uuid, program_code text)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH claims AS (
        SELECT c.household_id, c.program_code
        FROM enrolment_claims c LEFT JOIN public.programs p ON p.program_id = c.program_id
        WHERE c.program_code = ANY (programs)
          AND (NOT coalesce(p.sensitive, false) OR c.agency_code = lane_agency() OR lane_role() = 'auditor')
          AND lane_role() IN ('program_manager', 'registry_steward', 'auditor')
    )
    SELECT claims.household_id, claims.program_code FROM claims
    UNION ALL
    SELECT heirs.heir_id, claims.program_code
    FROM heirs_of(ARRAY(SELECT c.household_id FROM claims c
                        WHERE EXISTS (SELECT 1 FROM successions_in_force s WHERE s.household_id = c.household_id))) heirs
    JOIN claims ON claims.household_id = heirs.household_id;
END;

-- What stands in many households at once: what a bulk lookup answers. Gives away, of households in the caller's
-- areas, the programmes that no other agency marked sensitive.
CREATE OR REPLACE FUNCTION standing_programs_of(households uuid[]) RETURNS TABLE (household_id uuid, program_codes text[])
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    -- Whom it is about is found first, whatever the planner believes of tables that have just been filled.
    WITH there AS MATERIALIZED (
        SELECT h.household_id FROM household_snapshots h
        WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = ANY (households)
          AND h.village_code LIKE ANY ((SELECT lane_areas())::text[])
          AND lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
    ), kin AS MATERIALIZED (
        SELECT k.household_id, k.taken_in_id
        FROM with_those_taken_in(ARRAY(SELECT household_id FROM there)) k
    ), claims AS MATERIALIZED (
        SELECT c.household_id, c.program_id, c.program_code
        FROM enrolment_claims c WHERE c.household_id = ANY (ARRAY(SELECT taken_in_id FROM kin))
    )
    SELECT k.household_id, array_agg(DISTINCT c.program_code ORDER BY c.program_code)
    FROM kin k
    JOIN claims c ON c.household_id = k.taken_in_id
    JOIN programs p ON p.program_id = c.program_id
    WHERE NOT p.sensitive OR p.agency_code = lane_agency() OR lane_role() = 'auditor'
    GROUP BY k.household_id;
END;

-- What every agency gives one household (riwayat bantuan), and gave those it took in: programme, periods, state.
-- Gives away: for one household in the caller's areas, the programmes it stands in or stood in; amounts of other
-- agencies and programmes marked sensitive stay hidden. The reason this service exists; the service audits each call.
CREATE OR REPLACE FUNCTION aid_of_household(household uuid)
RETURNS TABLE (program_code text, program_name text, program_kind text, agency_code text, enrolment_state text,
               since timestamptz, individual_id uuid, period_label text, payment_state text, paid_on date, amount_idr bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT p.code, p.name, p.kind, e.agency_code, e.state, e.created_at, e.individual_id,
           pp.label, d.state, d.paid_on,
           CASE WHEN e.agency_code = lane_agency() OR lane_role() = 'auditor' THEN d.amount_idr END
    FROM with_those_taken_in(ARRAY[household]) k
    JOIN enrolments e ON e.household_id = k.taken_in_id
    JOIN programs p ON p.program_id = e.program_id
    LEFT JOIN disbursements d ON d.household_id = e.household_id AND d.enrolment_id = e.enrolment_id
    LEFT JOIN program_periods pp ON pp.program_id = d.program_id AND pp.period_id = d.period_id
    WHERE lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
      AND (NOT p.sensitive OR e.agency_code = lane_agency() OR lane_role() = 'auditor')
      AND EXISTS (SELECT 1 FROM household_snapshots h
                  WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = household
                    AND h.village_code LIKE ANY (lane_areas()));
END;

-- Of households in which the caller's agency has an enrolment: the decile in a release, wherever they live by now.
-- What a payment is checked against; under the lane alone, one who moved away would look like one who is gone.
CREATE FUNCTION deciles_of_enrolled(release uuid, households uuid[]) RETURNS TABLE (household_id uuid, decile smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT h.household_id, h.decile
    FROM household_snapshots h
    WHERE h.release_id = release AND h.household_id = ANY (households) AND lane_role() = 'program_manager'
      AND EXISTS (SELECT 1 FROM enrolments e WHERE e.household_id = h.household_id AND e.agency_code = lane_agency());
END;

-- Of these households those that receive from one of the programmes: active there, they or who lives on in them.
-- Gives away what `standing_aid` does, of households that the caller names.
CREATE FUNCTION receiving_aid(programs text[], households uuid[]) RETURNS TABLE (household_id uuid, program_code text, agency_code text)
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

DROP FUNCTION standing_exclusions(uuid, uuid);
