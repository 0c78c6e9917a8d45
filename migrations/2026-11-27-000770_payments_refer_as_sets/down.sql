DROP FUNCTION payees_of_list(uuid, text, uuid[], uuid[], uuid[]);
CREATE FUNCTION payout_choices(individuals uuid[])
RETURNS TABLE (individual_id uuid, account_id uuid, partner_code text, check_state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT a.individual_id, a.account_id, a.partner_code, a.check_state
    FROM payout_accounts a
    WHERE a.individual_id = ANY (individuals) AND a.open AND lane_role() = 'program_manager' AND a.agency_code = lane_agency();
END;

ALTER POLICY disbursements_made ON disbursements WITH CHECK (
    agency_code = lane_agency()
    AND ((lane_role() = 'program_manager' AND batch_id IS NULL) OR (lane_role() = 'approver' AND batch_id IS NOT NULL)));
ALTER POLICY disbursements_moved ON disbursements
    USING (village_code LIKE ANY ((SELECT lane_areas())::text[])
        AND ((lane_role() = 'program_manager' AND agency_code = lane_agency() AND batch_id IS NULL)
             OR (lane_role() = 'approver' AND agency_code = lane_agency())
             OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over'))))
    WITH CHECK (lane_role() <> 'program_manager' OR state IN ('paid', 'failed'));
ALTER POLICY disbursements_seen ON disbursements USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND (lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager'))
         OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b))));
ALTER POLICY payment_claims_made ON payment_claims
    WITH CHECK (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY payment_claims_seen ON payment_claims USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager'))
    OR (lane_role() = 'payment_partner'
        AND disbursement_id IN (SELECT d.disbursement_id FROM disbursements d)));
ALTER POLICY payment_claims_freed ON payment_claims USING (
    (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner'
        AND disbursement_id IN (SELECT d.disbursement_id FROM disbursements d)));
ALTER POLICY disbursement_steps_made ON disbursement_steps WITH CHECK (
    (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner' AND agency_code IN (SELECT b.agency_code FROM batches b WHERE b.state = 'handed_over')));
ALTER POLICY ledger_transfers_made ON ledger_transfers WITH CHECK (
    (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over')));
ALTER POLICY batch_lines_made ON batch_lines WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
ALTER POLICY batch_findings_made ON batch_findings WITH CHECK (
    lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY enrolments_seen ON enrolments USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND (lane_role() = 'auditor'
         OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager', 'field_officer'))));

DROP TRIGGER disbursements_not_emptied ON disbursements;
DROP TRIGGER steps_refer ON disbursement_steps;
DROP TRIGGER payments_refer ON disbursements;
DROP FUNCTION check_what_steps_refer_to(), check_what_payments_refer_to();
ALTER TABLE disbursement_steps ADD FOREIGN KEY (household_id, disbursement_id, fiscal_year) REFERENCES disbursements;
ALTER TABLE disbursements
    ADD FOREIGN KEY (household_id, enrolment_id) REFERENCES enrolments,
    ADD FOREIGN KEY (program_id, period_id) REFERENCES program_periods,
    ADD FOREIGN KEY (program_id, budget_id) REFERENCES program_budgets,
    ADD FOREIGN KEY (batch_id) REFERENCES batches;
DROP TRIGGER program_periods_stay ON program_periods;
