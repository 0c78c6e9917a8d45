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
DROP POLICY disbursement_steps_seen ON disbursement_steps;
CREATE POLICY disbursement_steps_seen ON disbursement_steps FOR SELECT USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager')));
DROP POLICY enrolment_steps_seen ON enrolment_steps;
CREATE POLICY enrolment_steps_seen ON enrolment_steps FOR SELECT USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager', 'field_officer')));
DROP POLICY household_successions_seen ON household_successions;
CREATE POLICY household_successions_seen ON household_successions FOR SELECT USING (lane_sees_households());
DROP POLICY individual_identities_seen ON individual_identities;
CREATE POLICY individual_identities_seen ON individual_identities FOR SELECT USING (lane_sees_households());
DROP POLICY household_identities_seen ON household_identities;
CREATE POLICY household_identities_seen ON household_identities FOR SELECT USING (lane_sees_households());
