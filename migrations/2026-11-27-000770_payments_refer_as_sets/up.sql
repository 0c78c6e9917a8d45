-- A hundred thousand payments are written by one statement, and a foreign key asked, and locked, what each of them refers to one by
-- one: that was half of an approval. What payments and their steps refer to is never changed or deleted, so that it is asked once
-- for all that a statement writes, and needs no lock.

CREATE TRIGGER program_periods_stay BEFORE DELETE OR UPDATE OF program_id, period_id, fiscal_year ON program_periods
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE disbursements
    DROP CONSTRAINT disbursements_household_id_enrolment_id_fkey,
    DROP CONSTRAINT disbursements_program_id_period_id_fkey,
    DROP CONSTRAINT disbursements_program_id_budget_id_fkey,
    DROP CONSTRAINT disbursements_batch_id_fkey;
ALTER TABLE disbursement_steps DROP CONSTRAINT disbursement_steps_household_id_disbursement_id_fiscal_yea_fkey;

-- Whatever the planner believes of how many there are, enrolments and payments are looked up one by one (OFFSET 0): the plan
-- stays with the connection.
CREATE FUNCTION check_what_payments_refer_to() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    missing text;
BEGIN
    SELECT CASE
        WHEN NOT EXISTS (SELECT 1 FROM program_periods p WHERE p.program_id = of.program_id AND p.period_id = of.period_id)
            THEN 'payment_has_a_period'
        WHEN of.budget_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM program_budgets b WHERE b.program_id = of.program_id AND b.budget_id = of.budget_id)
            THEN 'payment_has_a_budget'
        WHEN of.batch_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.batch_id = of.batch_id)
            THEN 'payment_has_a_batch' END
    INTO missing
    FROM (SELECT DISTINCT program_id, period_id, budget_id, batch_id FROM made) of
    ORDER BY 1 LIMIT 1;
    IF missing IS NULL AND EXISTS (
        SELECT 1 FROM made m WHERE NOT EXISTS (
            SELECT 1 FROM enrolments e WHERE e.household_id = m.household_id AND e.enrolment_id = m.enrolment_id OFFSET 0)) THEN
        missing := 'payment_has_an_enrolment';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a payment refers to something that is not there'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = missing;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER payments_refer AFTER INSERT ON disbursements REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION check_what_payments_refer_to();

CREATE FUNCTION check_what_steps_refer_to() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM made m WHERE NOT EXISTS (
            SELECT 1 FROM disbursements d
            WHERE d.household_id = m.household_id AND d.disbursement_id = m.disbursement_id AND d.fiscal_year = m.fiscal_year
            OFFSET 0)) THEN
        RAISE EXCEPTION 'a step is of a payment'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'step_is_of_a_payment';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER steps_refer AFTER INSERT ON disbursement_steps REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION check_what_steps_refer_to();

-- Nor are they emptied: a foreign key stood in the way of that, too.
CREATE TRIGGER disbursements_not_emptied BEFORE TRUNCATE ON disbursements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who asks is asked once a statement, and not for each of a hundred thousand rows.
ALTER POLICY disbursements_made ON disbursements WITH CHECK (
    agency_code = (SELECT lane_agency())
    AND (((SELECT lane_role()) = 'program_manager' AND batch_id IS NULL)
         OR ((SELECT lane_role()) = 'approver' AND batch_id IS NOT NULL)));
ALTER POLICY disbursements_moved ON disbursements
    USING (village_code LIKE ANY ((SELECT lane_areas())::text[])
        AND (((SELECT lane_role()) = 'program_manager' AND agency_code = (SELECT lane_agency()) AND batch_id IS NULL)
             OR ((SELECT lane_role()) = 'approver' AND agency_code = (SELECT lane_agency()))
             OR ((SELECT lane_role()) = 'payment_partner'
                 AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over'))))
    WITH CHECK ((SELECT lane_role()) <> 'program_manager' OR state IN ('paid', 'failed'));
ALTER POLICY disbursements_seen ON disbursements USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND ((SELECT lane_role()) = 'auditor'
         OR (agency_code = (SELECT lane_agency()) AND (SELECT lane_role()) IN ('program_manager', 'approver', 'case_manager'))
         OR ((SELECT lane_role()) = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b))));
ALTER POLICY payment_claims_made ON payment_claims
    WITH CHECK ((SELECT lane_role()) IN ('program_manager', 'approver') AND agency_code = (SELECT lane_agency()));
ALTER POLICY payment_claims_seen ON payment_claims USING (
    (SELECT lane_role()) = 'auditor'
    OR (agency_code = (SELECT lane_agency()) AND (SELECT lane_role()) IN ('program_manager', 'approver', 'case_manager'))
    OR ((SELECT lane_role()) = 'payment_partner' AND disbursement_id IN (SELECT d.disbursement_id FROM disbursements d)));
ALTER POLICY payment_claims_freed ON payment_claims USING (
    ((SELECT lane_role()) IN ('program_manager', 'approver') AND agency_code = (SELECT lane_agency()))
    OR ((SELECT lane_role()) = 'payment_partner' AND disbursement_id IN (SELECT d.disbursement_id FROM disbursements d)));
ALTER POLICY disbursement_steps_made ON disbursement_steps WITH CHECK (
    ((SELECT lane_role()) IN ('program_manager', 'approver') AND agency_code = (SELECT lane_agency()))
    OR ((SELECT lane_role()) = 'payment_partner'
        AND agency_code IN (SELECT b.agency_code FROM batches b WHERE b.state = 'handed_over')));
ALTER POLICY ledger_transfers_made ON ledger_transfers WITH CHECK (
    ((SELECT lane_role()) IN ('program_manager', 'approver') AND agency_code = (SELECT lane_agency()))
    OR ((SELECT lane_role()) = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over')));
ALTER POLICY batch_lines_made ON batch_lines WITH CHECK (
    (SELECT lane_role()) = 'program_manager' AND agency_code = (SELECT lane_agency()));
ALTER POLICY batch_findings_made ON batch_findings WITH CHECK (
    (SELECT lane_role()) IN ('program_manager', 'approver') AND agency_code = (SELECT lane_agency()));
ALTER POLICY enrolments_seen ON enrolments USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND ((SELECT lane_role()) = 'auditor'
         OR (agency_code = (SELECT lane_agency())
             AND (SELECT lane_role()) IN ('program_manager', 'approver', 'case_manager', 'field_officer'))));

-- Into whose hand each enrolment of a list is paid, and which open account in the books of the caller's agency is theirs: of a
-- household the member who has an account that this partner can pay into, else any account, else the first who is living. For
-- program manager, in the lane's areas.
DROP FUNCTION payout_choices(uuid[]);
CREATE FUNCTION payees_of_list(release uuid, partner text, enrolments uuid[], households uuid[], individuals uuid[])
RETURNS TABLE (enrolment_id uuid, individual_id uuid, account_id uuid, partner_code text, check_state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(enrolments, households, individuals) AS e (enrolment_id, household_id, individual_id)
        WHERE lane_role() = 'program_manager'
    ), accounts AS MATERIALIZED (
        SELECT a.individual_id, a.account_id, a.partner_code, a.check_state FROM payout_accounts a
        WHERE a.open AND a.agency_code = (SELECT lane_agency())
    ), members AS MATERIALIZED (
        SELECT m.household_id, m.individual_id, m.position, a.account_id, a.partner_code, a.check_state
        FROM accounts a CROSS JOIN LATERAL (
            SELECT s.household_id, s.individual_id, s.position FROM individual_snapshots s
            WHERE s.individual_id = a.individual_id AND s.release_id = release AND NOT s.deceased
              AND s.village_code LIKE ANY ((SELECT lane_areas())::text[])
            OFFSET 0) m
    ), paid AS MATERIALIZED (
        SELECT DISTINCT ON (e.enrolment_id) e.enrolment_id, m.individual_id, m.account_id, m.partner_code, m.check_state
        FROM asked e JOIN members m ON m.household_id = e.household_id
            AND (e.individual_id IS NULL OR m.individual_id = e.individual_id)
        ORDER BY e.enrolment_id, (m.partner_code = partner AND m.check_state <> 'invalid') DESC,
            (m.check_state <> 'invalid') DESC, m.position
    )
    SELECT paid.* FROM paid
    UNION ALL
    (SELECT DISTINCT ON (e.enrolment_id) e.enrolment_id, m.individual_id, NULL::uuid, NULL, NULL
     FROM asked e
     JOIN individual_snapshots m ON m.household_id = e.household_id AND m.release_id = release AND NOT m.deceased
         AND (e.individual_id IS NULL OR m.individual_id = e.individual_id)
         AND m.village_code LIKE ANY ((SELECT lane_areas())::text[])
     WHERE (e.enrolment_id IN (SELECT paid.enrolment_id FROM paid)) IS NOT TRUE
     ORDER BY e.enrolment_id, m.position);
END
$$;
