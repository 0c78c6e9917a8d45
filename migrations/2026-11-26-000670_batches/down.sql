DROP TABLE batch_layouts;
DROP FUNCTION fail_accounts_of_batch(uuid, uuid[], text, text);
DROP FUNCTION payees_of_batch(uuid);
DROP FUNCTION payout_choices(uuid[]);
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
ALTER POLICY outbox_events_told ON outbox_events WITH CHECK (agency_code IS NULL OR agency_code = (SELECT lane_agency())
    OR (SELECT lane_role()) IN ('system_admin', 'registry_steward', 'coordinator', 'service'));
ALTER POLICY ledger_accounts_seen ON ledger_accounts USING (
    lane_reads_books(agency_code) OR fund_id IN (SELECT f.fund_id FROM funds f WHERE lane_reads_books(f.agency_code)));
ALTER POLICY ledger_transfers_made ON ledger_transfers WITH CHECK (
    lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY disbursement_steps_made ON disbursement_steps
    WITH CHECK (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY payment_claims_freed ON payment_claims
    USING (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY payment_claims_seen ON payment_claims USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager')));
ALTER POLICY payment_claims_made ON payment_claims WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
ALTER POLICY disbursements_moved ON disbursements
    USING (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency()
           AND village_code LIKE ANY ((SELECT lane_areas())::text[]));
ALTER POLICY disbursements_seen ON disbursements USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND (lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager'))));
ALTER POLICY disbursements_made ON disbursements WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
ALTER TABLE disbursements DROP COLUMN batch_id;
DROP TABLE batch_findings, batch_lines, batches CASCADE;
DROP FUNCTION check_batch_step();
