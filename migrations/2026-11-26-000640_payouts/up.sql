-- Where a person's money goes: accounts (rekening, KKS), and places where a payment partner pays by hand (PT Pos, an agent,
-- at the door).
CREATE TABLE payout_accounts (
    individual_id uuid        NOT NULL REFERENCES individuals,
    account_id    uuid        NOT NULL,
    agency_code   text        NOT NULL,             -- who recorded it
    partner_code  text        NOT NULL REFERENCES agencies,   -- the bank that keeps it
    kind          text        NOT NULL CHECK (kind IN ('kks', 'bank')),
    sealed_number bytea       NOT NULL,             -- like a NIK
    digest_key    smallint    NOT NULL,
    number_digest bytea       NOT NULL,
    number_tail   text        NOT NULL CHECK (length(number_tail) = 2),
    holder_name   text        NOT NULL CHECK (length(holder_name) BETWEEN 1 AND 200),
    check_state   text        NOT NULL DEFAULT 'unchecked' CHECK (check_state IN ('unchecked', 'valid', 'invalid')),
    check_reason  text        CHECK (length(check_reason) BETWEEN 1 AND 1000),
    checked_by    text,
    checked_at    timestamptz,
    open          boolean     NOT NULL DEFAULT true,
    recorded_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    version       integer     NOT NULL DEFAULT 1,
    PRIMARY KEY (individual_id, account_id),
    CONSTRAINT payout_check_says_by_whom CHECK ((check_state = 'unchecked') = (checked_at IS NULL AND checked_by IS NULL))
);
-- A person has one open account in an agency's books; another one closes it.
CREATE UNIQUE INDEX one_open_payout_account ON payout_accounts (agency_code, individual_id) WHERE open;
CREATE UNIQUE INDEX payout_accounts_by_id ON payout_accounts (account_id);
-- The same number of two persons is a finding, not an error: spouses share a book.
CREATE INDEX payout_accounts_by_number ON payout_accounts (digest_key, number_digest);

CREATE FUNCTION check_payout_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER payout_account_stays BEFORE UPDATE ON payout_accounts
    FOR EACH ROW EXECUTE FUNCTION check_payout_account_change();
CREATE TRIGGER payout_accounts_not_deleted BEFORE DELETE ON payout_accounts FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE pay_points (
    pay_point_id uuid        PRIMARY KEY,
    partner_code text        NOT NULL REFERENCES agencies,
    kind         text        NOT NULL CHECK (kind IN ('post_office', 'agent', 'community', 'door')),
    region_code  text        NOT NULL REFERENCES regions (code),   -- whom it serves: a village, a district, the regency
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    address      text        CHECK (length(address) BETWEEN 1 AND 300),
    open         boolean     NOT NULL DEFAULT true,
    recorded_by  text        NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    version      integer     NOT NULL DEFAULT 1,
    CONSTRAINT pay_points_name_key UNIQUE (partner_code, name)
);
CREATE TRIGGER pay_points_not_deleted BEFORE DELETE ON pay_points FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE payout_accounts ENABLE ROW LEVEL SECURITY;
-- Of persons in the lane's areas: their snapshots are judged by their own policy.
CREATE POLICY payout_accounts_seen ON payout_accounts FOR SELECT USING (
    (lane_role() = 'auditor' OR (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency()))
    AND EXISTS (SELECT 1 FROM individual_snapshots s WHERE s.individual_id = payout_accounts.individual_id));
CREATE POLICY payout_accounts_made ON payout_accounts FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' AND agency_code = lane_agency()
    AND EXISTS (SELECT 1 FROM individual_snapshots s WHERE s.individual_id = payout_accounts.individual_id));
CREATE POLICY payout_accounts_changed ON payout_accounts FOR UPDATE USING (
    lane_role() = 'program_manager' AND agency_code = lane_agency()
    AND EXISTS (SELECT 1 FROM individual_snapshots s WHERE s.individual_id = payout_accounts.individual_id));

ALTER TABLE pay_points ENABLE ROW LEVEL SECURITY;
CREATE POLICY pay_points_seen ON pay_points FOR SELECT USING (lane_role() IS NOT NULL);
-- Recorded by the agency that pays there, or by one that pays through it.
CREATE POLICY pay_points_made ON pay_points FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' OR (lane_role() = 'payment_partner' AND partner_code = lane_agency()));
CREATE POLICY pay_points_changed ON pay_points FOR UPDATE USING (
    lane_role() = 'program_manager' OR (lane_role() = 'payment_partner' AND partner_code = lane_agency()));
