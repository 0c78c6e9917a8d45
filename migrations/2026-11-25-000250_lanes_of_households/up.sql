-- Households narrowed further. Ids and directories stay open to the roles that see households: they hold random ids and
-- keyed digests, what lies in which area is said by the snapshots, and a household moves between releases while its id
-- does not change. A sealed number is more than that: nothing but loading a release touches it.

DROP POLICY household_identities_seen ON household_identities;
CREATE POLICY household_identities_seen ON household_identities FOR SELECT USING ((SELECT lane_keeps_registry()));
DROP POLICY individual_identities_seen ON individual_identities;
CREATE POLICY individual_identities_seen ON individual_identities FOR SELECT USING ((SELECT lane_keeps_registry()));

-- Where a household went is for whom it was there.
DROP POLICY household_successions_seen ON household_successions;
CREATE POLICY household_successions_seen ON household_successions FOR SELECT USING (
    EXISTS (SELECT 1 FROM household_snapshots h WHERE h.household_id = household_successions.household_id));

-- A step is seen with what it is a step of, whose own policy asks agency, role and areas.
DROP POLICY enrolment_steps_seen ON enrolment_steps;
CREATE POLICY enrolment_steps_seen ON enrolment_steps FOR SELECT USING (EXISTS (
    SELECT 1 FROM enrolments e
    WHERE e.household_id = enrolment_steps.household_id AND e.enrolment_id = enrolment_steps.enrolment_id));
DROP POLICY disbursement_steps_seen ON disbursement_steps;
CREATE POLICY disbursement_steps_seen ON disbursement_steps FOR SELECT USING (EXISTS (
    SELECT 1 FROM disbursements d
    WHERE d.household_id = disbursement_steps.household_id AND d.disbursement_id = disbursement_steps.disbursement_id
      AND d.fiscal_year = disbursement_steps.fiscal_year));

-- Claims ask no areas, on purpose: a claim is the key that keeps a beneficiary from standing twice in a programme, and a
-- beneficiary who moved out of a manager's areas must still be found to stand. It holds ids and codes of the own
-- agency's programmes.

-- As it was, and within the caller's areas: as `aid_of_household` for one household.
CREATE OR REPLACE FUNCTION standing_programs_of(households uuid[]) RETURNS TABLE (household_id uuid, program_codes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT c.household_id, array_agg(DISTINCT c.program_code ORDER BY c.program_code)
    FROM enrolment_claims c
    JOIN programs p ON p.program_id = c.program_id
    JOIN household_snapshots h ON h.household_id = c.household_id
        AND h.release_id = (SELECT a.release_id FROM active_release a)
    WHERE c.household_id = ANY (households)
      AND h.village_code LIKE ANY ((SELECT lane_areas())::text[])
      AND lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
      AND (NOT p.sensitive OR p.agency_code = lane_agency() OR lane_role() = 'auditor')
    GROUP BY c.household_id;
END;
