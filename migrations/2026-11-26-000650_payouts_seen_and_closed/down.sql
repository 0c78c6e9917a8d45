CREATE OR REPLACE FUNCTION check_payout_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{check_state,check_reason,checked_by,checked_at,open,version}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{check_state,check_reason,checked_by,checked_at,open,version}'::text[])
       OR (NEW.open AND NOT OLD.open) THEN
        RAISE EXCEPTION 'an account is checked and closed, and never becomes another'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_account_stays';
    END IF;
    RETURN NEW;
END
$$;
ALTER TABLE payout_accounts DROP CONSTRAINT payout_closure_says_by_whom,
    DROP COLUMN close_reason, DROP COLUMN closed_by, DROP COLUMN closed_at;
DROP FUNCTION payees_of(uuid);
DROP POLICY payout_accounts_seen ON payout_accounts;
CREATE POLICY payout_accounts_seen ON payout_accounts FOR SELECT USING (
    (lane_role() = 'auditor' OR (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency()))
    AND EXISTS (SELECT 1 FROM individual_snapshots s WHERE s.individual_id = payout_accounts.individual_id));
DROP FUNCTION payee_lives_in_areas(uuid);
