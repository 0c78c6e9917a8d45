-- An approver sees no snapshot, and yet must see where the money goes that is approved: whether a person lives in the
-- lane's areas is asked past the lane, and nothing else of the person. In any release, as the policy it stands beside.
CREATE FUNCTION payee_lives_in_areas(individual uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT lane_role() = 'approver' AND EXISTS (
        SELECT 1 FROM individual_snapshots s
        WHERE s.individual_id = individual AND s.village_code LIKE ANY ((SELECT lane_areas())::text[]));
END;

DROP POLICY payout_accounts_seen ON payout_accounts;
CREATE POLICY payout_accounts_seen ON payout_accounts FOR SELECT USING (
    (lane_role() = 'auditor' OR (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency()))
    AND (EXISTS (SELECT 1 FROM individual_snapshots s WHERE s.individual_id = payout_accounts.individual_id)
         OR payee_lives_in_areas(individual_id)));

-- Whose accounts to look for where a household is named.
CREATE FUNCTION payees_of(household uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT coalesce(array_agg(s.individual_id), '{}') FROM individual_snapshots s
    WHERE s.household_id = household AND s.release_id = (SELECT a.release_id FROM active_release a)
      AND s.village_code LIKE ANY ((SELECT lane_areas())::text[])
      AND lane_role() IN ('program_manager', 'approver', 'auditor');
END;

-- Why, when and by whom an account was closed; one that another replaced was closed by recording that one, for no reason
-- of its own.
ALTER TABLE payout_accounts
    ADD COLUMN close_reason text CHECK (length(close_reason) BETWEEN 1 AND 1000),
    ADD COLUMN closed_by text,
    ADD COLUMN closed_at timestamptz,
    ADD CONSTRAINT payout_closure_says_by_whom CHECK (open = (closed_at IS NULL AND closed_by IS NULL AND close_reason IS NULL));

CREATE OR REPLACE FUNCTION check_payout_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := '{check_state,check_reason,checked_by,checked_at,open,close_reason,closed_by,closed_at,version}';
BEGIN
    -- One that is closed stays as it was.
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving OR NOT OLD.open THEN
        RAISE EXCEPTION 'an account is checked and closed, and never becomes another'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_account_stays';
    END IF;
    RETURN NEW;
END
$$;
