DROP FUNCTION receiving_aid(text[], uuid[]);
DROP FUNCTION deciles_of_enrolled(uuid, uuid[]);

CREATE OR REPLACE FUNCTION aid_of_household(household uuid)
RETURNS TABLE (program_code text, program_name text, program_kind text, agency_code text, enrolment_state text,
               since timestamptz, individual_id uuid, period_label text, payment_state text, paid_on date, amount_idr bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT p.code, p.name, p.kind, e.agency_code, e.state, e.created_at, e.individual_id,
           pp.label, d.state, d.paid_on,
           CASE WHEN e.agency_code = lane_agency() OR lane_role() = 'auditor' THEN d.amount_idr END
    FROM enrolments e
    JOIN programs p ON p.program_id = e.program_id
    LEFT JOIN disbursements d ON d.household_id = e.household_id AND d.enrolment_id = e.enrolment_id
    LEFT JOIN program_periods pp ON pp.program_id = d.program_id AND pp.period_id = d.period_id
    WHERE e.household_id = household
      AND lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
      AND (NOT p.sensitive OR e.agency_code = lane_agency() OR lane_role() = 'auditor')
      AND EXISTS (SELECT 1 FROM household_snapshots h
                  WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = household
                    AND h.village_code LIKE ANY (lane_areas()));
END;

CREATE OR REPLACE FUNCTION standing_programs_of(households uuid[]) RETURNS TABLE (household_id uuid, program_codes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT c.household_id, array_agg(DISTINCT c.program_code ORDER BY c.program_code)
    FROM enrolment_claims c JOIN programs p ON p.program_id = c.program_id
    WHERE c.household_id = ANY (households)
      AND lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
      AND (NOT p.sensitive OR p.agency_code = lane_agency() OR lane_role() = 'auditor')
    GROUP BY c.household_id;
END;

CREATE OR REPLACE FUNCTION standing_aid(programs text[]) RETURNS TABLE (household_id uuid, program_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT c.household_id, c.program_code
    FROM enrolment_claims c LEFT JOIN public.programs p ON p.program_id = c.program_id
    WHERE c.program_code = ANY (programs)
      AND (NOT coalesce(p.sensitive, false) OR c.agency_code = lane_agency() OR lane_role() = 'auditor')
      AND lane_role() IN ('program_manager', 'registry_steward', 'auditor');
END;

CREATE FUNCTION standing_exclusions(household uuid, program uuid) RETURNS TABLE (program_code text, agency_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT c.program_code, c.agency_code
    FROM enrolment_claims c
    JOIN programs mine ON mine.program_id = program
    WHERE c.household_id = household AND c.program_id <> program
      AND lane_role() = 'program_manager'
      AND (EXISTS (SELECT 1 FROM program_exclusions x WHERE x.program_id = program AND x.excludes_code = c.program_code)
        OR EXISTS (SELECT 1 FROM program_exclusions x WHERE x.program_id = c.program_id AND x.excludes_code = mine.code));
END;

CREATE OR REPLACE FUNCTION hold_households(households uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF lane_role() IS DISTINCT FROM 'program_manager' THEN
        RAISE EXCEPTION 'only a programme manager decides on aid' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM households h WHERE h.household_id = ANY (households) ORDER BY h.household_id FOR NO KEY UPDATE;
END
$$;
DROP FUNCTION kin_of(uuid[]);
DROP FUNCTION with_those_taken_in(uuid[]);
DROP FUNCTION heirs_of(uuid[]);
DROP VIEW successions_in_force;
DROP INDEX household_successions_by_successor;
