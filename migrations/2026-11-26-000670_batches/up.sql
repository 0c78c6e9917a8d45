-- Batches (daftar bayar): payments prepared from a frozen list under a decree, approved by somebody else, handed to a payment
-- partner, and reported on until none is outstanding.
CREATE TABLE batches (
    batch_id       uuid        PRIMARY KEY,
    agency_code    text        NOT NULL REFERENCES agencies,
    program_id     uuid        NOT NULL,
    period_id      uuid        NOT NULL,
    fiscal_year    smallint    NOT NULL,
    budget_id      uuid        NOT NULL,
    partner_code   text        NOT NULL REFERENCES agencies,
    decree_number  text        NOT NULL CHECK (length(decree_number) BETWEEN 1 AND 100),   -- SK penetapan
    decree_date    date        NOT NULL,
    state          text        NOT NULL DEFAULT 'draft'
                   CHECK (state IN ('draft', 'submitted', 'approved', 'handed_over', 'closed', 'cancelled')),
    revision       integer     NOT NULL DEFAULT 1,     -- of its list; a new one leaves the former as it was
    release_id     uuid        NOT NULL REFERENCES releases,   -- that the list was checked against
    lines          integer     NOT NULL DEFAULT 0,
    left_out       integer     NOT NULL DEFAULT 0,
    amount_idr     bigint      NOT NULL DEFAULT 0,
    prepared_by    uuid,                               -- the person; none of a system
    external_reference text    CHECK (length(external_reference) BETWEEN 1 AND 100),
    created_by     text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    approved_at    timestamptz,
    handed_over_at timestamptz,
    closed_at      timestamptz,
    version        integer     NOT NULL DEFAULT 1,
    FOREIGN KEY (program_id, period_id) REFERENCES program_periods,
    FOREIGN KEY (program_id, budget_id) REFERENCES program_budgets,
    FOREIGN KEY (budget_id, fiscal_year) REFERENCES budgets (budget_id, fiscal_year)
);
CREATE INDEX batches_by_program ON batches (program_id, batch_id);
CREATE INDEX batches_by_agency ON batches (agency_code, batch_id);
CREATE INDEX batches_by_partner ON batches (partner_code, batch_id);
CREATE INDEX batches_by_reference ON batches (agency_code, external_reference) WHERE external_reference IS NOT NULL;

CREATE FUNCTION check_batch_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version,revision,release_id,lines,left_out,amount_idr,prepared_by,approved_at,handed_over_at,closed_at}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,version,revision,release_id,lines,left_out,amount_idr,prepared_by,approved_at,handed_over_at,closed_at}'::text[])
       -- Its list is made anew as a draft; what of it became payments is told when it is approved.
       OR ((OLD.revision, OLD.release_id, OLD.prepared_by) IS DISTINCT FROM (NEW.revision, NEW.release_id, NEW.prepared_by)
           AND OLD.state <> 'draft')
       OR ((OLD.lines, OLD.left_out, OLD.amount_idr) IS DISTINCT FROM (NEW.lines, NEW.left_out, NEW.amount_idr)
           AND OLD.state <> 'draft' AND NEW.state <> 'approved') THEN
        RAISE EXCEPTION 'a batch is frozen'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_frozen';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'draft>submitted', 'draft>cancelled', 'submitted>draft', 'submitted>approved', 'approved>handed_over', 'handed_over>closed') THEN
        RAISE EXCEPTION 'a batch does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_step';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER batch_step BEFORE UPDATE ON batches FOR EACH ROW EXECUTE FUNCTION check_batch_step();
CREATE TRIGGER batches_stay BEFORE DELETE ON batches FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A line of the list: who, on which release and decile, how much, where.
CREATE TABLE batch_lines (
    household_id   uuid     NOT NULL,
    batch_id       uuid     NOT NULL,
    revision       integer  NOT NULL,
    enrolment_id   uuid     NOT NULL,
    fiscal_year    smallint NOT NULL,
    line_no        integer  NOT NULL,
    beneficiary_id uuid     NOT NULL,                  -- in whose name a payment claims the period
    payee_id       uuid     NOT NULL,                  -- the member into whose hand it goes
    agency_code    text     NOT NULL,
    village_code   text     NOT NULL,                  -- the enrolment's, as its payment will have it
    release_id     uuid     NOT NULL,                  -- of the enrolment's decision
    decile         smallint,
    exemption_id   uuid,
    checked_decile smallint,
    amount_idr     bigint   NOT NULL CHECK (amount_idr > 0),
    account_id     uuid,
    pay_point_id   uuid,
    PRIMARY KEY (household_id, batch_id, revision, enrolment_id, fiscal_year),
    CONSTRAINT line_has_one_place CHECK (num_nonnulls(account_id, pay_point_id) = 1)
) PARTITION BY LIST (fiscal_year);
CREATE INDEX batch_lines_by_batch ON batch_lines (batch_id, revision, line_no);
CREATE TRIGGER batch_lines_append_only BEFORE UPDATE OR DELETE ON batch_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    FOR year IN 2025..2036 LOOP
        EXECUTE format('CREATE TABLE batch_lines_%s PARTITION OF batch_lines FOR VALUES IN (%s)', year, year);
    END LOOP;
END
$$;

-- Who was left out of a list, and why.
CREATE TABLE batch_findings (
    household_id uuid    NOT NULL,
    batch_id     uuid    NOT NULL REFERENCES batches,
    revision     integer NOT NULL,
    enrolment_id uuid    NOT NULL,
    agency_code  text    NOT NULL,
    village_code text    NOT NULL,
    kind         text    NOT NULL CHECK (kind IN ('gone', 'moved', 'deceased', 'no-longer-eligible', 'exemption-over',
                 'excluded-by-other-aid', 'already-paid', 'doubled', 'account-check-failed', 'account-elsewhere', 'missing-account',
                 'enrolment-not-active')),
    PRIMARY KEY (household_id, batch_id, revision, enrolment_id)
);
CREATE INDEX batch_findings_by_batch ON batch_findings (batch_id, revision, enrolment_id);
CREATE TRIGGER batch_findings_append_only BEFORE UPDATE OR DELETE ON batch_findings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Each payment is derived from its line exactly once.
ALTER TABLE disbursements ADD COLUMN batch_id uuid REFERENCES batches;
CREATE UNIQUE INDEX one_payment_of_a_line ON disbursements (batch_id, enrolment_id, fiscal_year) WHERE batch_id IS NOT NULL;

-- Who sees a batch: its agency, the partner that it was handed to, the auditor.
ALTER TABLE batches ENABLE ROW LEVEL SECURITY;
CREATE POLICY batches_seen ON batches FOR SELECT USING (
    lane_role() = 'auditor' OR (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner' AND partner_code = lane_agency() AND state IN ('handed_over', 'closed')));
CREATE POLICY batches_made ON batches FOR INSERT WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
CREATE POLICY batches_moved ON batches FOR UPDATE USING (
    lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());

ALTER TABLE batch_lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY batch_lines_seen ON batch_lines FOR SELECT USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[]) AND batch_id IN (SELECT b.batch_id FROM batches b));
CREATE POLICY batch_lines_made ON batch_lines FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' AND agency_code = lane_agency());

ALTER TABLE batch_findings ENABLE ROW LEVEL SECURITY;
CREATE POLICY batch_findings_seen ON batch_findings FOR SELECT USING (
    (lane_role() = 'auditor' OR (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency()))
    AND village_code LIKE ANY ((SELECT lane_areas())::text[]));
CREATE POLICY batch_findings_made ON batch_findings FOR INSERT WITH CHECK (
    lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());

-- An approver's word makes the payments; a partner's report moves those that were handed to it.
ALTER POLICY disbursements_made ON disbursements
    WITH CHECK (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY disbursements_seen ON disbursements USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND (lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager'))
         OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b))));
ALTER POLICY disbursements_moved ON disbursements USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND ((lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
         OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over'))));
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
-- Steps, transfers and events of a report are the agency's, written in the partner's name. That they belong to a payment that was
-- handed to it follows from the statement that moves those and no others.
ALTER POLICY disbursement_steps_made ON disbursement_steps WITH CHECK (
    (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner' AND agency_code IN (SELECT b.agency_code FROM batches b WHERE b.state = 'handed_over')));
ALTER POLICY ledger_transfers_made ON ledger_transfers WITH CHECK (
    (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over')));
ALTER POLICY ledger_accounts_seen ON ledger_accounts USING (
    lane_reads_books(agency_code) OR fund_id IN (SELECT f.fund_id FROM funds f WHERE lane_reads_books(f.agency_code))
    OR (lane_role() = 'payment_partner' AND budget_id IN (SELECT b.budget_id FROM batches b)));
ALTER POLICY outbox_events_told ON outbox_events WITH CHECK (
    agency_code IS NULL OR agency_code = (SELECT lane_agency())
    OR (SELECT lane_role()) IN ('system_admin', 'registry_steward', 'coordinator', 'service')
    OR ((SELECT lane_role()) = 'payment_partner'
        AND agency_code IN (SELECT b.agency_code FROM batches b WHERE b.state = 'handed_over')));

-- An approver holds the households of the list, too.
CREATE OR REPLACE FUNCTION hold_households(households uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(lane_role() NOT IN ('program_manager', 'approver'), true) THEN
        RAISE EXCEPTION 'only a programme manager or an approver decides on aid' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM households h
    WHERE h.household_id = ANY (ARRAY(SELECT k.kin_id FROM kin_of(households) k UNION SELECT unnest(households)))
    ORDER BY h.household_id FOR NO KEY UPDATE;
END
$$;

-- Open accounts of these persons in the books of the caller's agency: which, where, how its check came out. For program manager.
CREATE FUNCTION payout_choices(individuals uuid[])
RETURNS TABLE (individual_id uuid, account_id uuid, partner_code text, check_state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT a.individual_id, a.account_id, a.partner_code, a.check_state
    FROM payout_accounts a
    WHERE a.individual_id = ANY (individuals) AND a.open AND lane_role() = 'program_manager' AND a.agency_code = lane_agency();
END;

-- What a payment partner needs to pay the lines of a batch that was handed to it: who, by number and name as the active release has
-- them, and the account. For the partner alone, and its numbers are sealed.
CREATE FUNCTION payees_of_batch(batch uuid) RETURNS TABLE (
    line_no integer, disbursement_id uuid, household_id uuid, payee_id uuid, payee_name text, sealed_nik bytea,
    village_code text, address text, amount_idr bigint, sealed_account bytea, holder_name text, pay_point text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT l.line_no, d.disbursement_id, l.household_id, l.payee_id, m.name, i.sealed_nik, l.village_code, h.address, d.amount_idr,
           a.sealed_number, a.holder_name, p.name
    FROM batches b
    JOIN batch_lines l ON l.batch_id = b.batch_id AND l.revision = b.revision AND l.fiscal_year = b.fiscal_year
    JOIN disbursements d ON d.household_id = l.household_id AND d.batch_id = b.batch_id AND d.enrolment_id = l.enrolment_id
        AND d.fiscal_year = b.fiscal_year
    LEFT JOIN individual_snapshots m ON m.household_id = l.household_id AND m.individual_id = l.payee_id
        AND m.release_id = b.release_id
    LEFT JOIN household_snapshots h ON h.household_id = l.household_id AND h.release_id = b.release_id
    LEFT JOIN individual_identities i ON i.individual_id = l.payee_id
    LEFT JOIN payout_accounts a ON a.individual_id = l.payee_id AND a.account_id = l.account_id
    LEFT JOIN pay_points p ON p.pay_point_id = l.pay_point_id
    WHERE b.batch_id = batch AND b.state IN ('handed_over', 'closed')
      AND lane_role() = 'payment_partner' AND b.partner_code = lane_agency()
      AND l.village_code LIKE ANY (lane_areas())
    ORDER BY l.line_no;
END;

-- Marks the accounts of these payments of a batch as such that their bank does not pay into: the next list goes another way.
-- For the partner that the batch was handed to, and for its agency. Gives nothing away.
CREATE FUNCTION fail_accounts_of_batch(batch uuid, payments uuid[], who text, why text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    UPDATE payout_accounts a
    SET check_state = 'invalid', check_reason = why, checked_by = who, checked_at = now(), version = a.version + 1
    FROM batches b
    JOIN disbursements d ON d.batch_id = b.batch_id AND d.fiscal_year = b.fiscal_year
    JOIN batch_lines l ON l.household_id = d.household_id AND l.batch_id = b.batch_id AND l.revision = b.revision
        AND l.enrolment_id = d.enrolment_id AND l.fiscal_year = b.fiscal_year
    WHERE b.batch_id = batch AND b.state = 'handed_over' AND d.disbursement_id = ANY (payments)
      AND ((lane_role() = 'payment_partner' AND b.partner_code = lane_agency())
           OR (lane_role() = 'program_manager' AND b.agency_code = lane_agency()))
      AND a.individual_id = l.payee_id AND a.account_id = l.account_id AND a.open;
END;

-- How a batch is written for a partner: columns by name and field, as data.
CREATE TABLE batch_layouts (
    code    text  PRIMARY KEY,
    name    text  NOT NULL,
    columns jsonb NOT NULL       -- [{"header": …, "field": …}]
);
INSERT INTO batch_layouts VALUES
    ('tugas', 'Daftar tugas penyaluran (KKS)', '[
        {"header": "ID SALUR", "field": "disbursement_id"}, {"header": "NIK KPM", "field": "nik"},
        {"header": "NAMA KPM", "field": "payee_name"}, {"header": "NOMOR KKS", "field": "account_number"},
        {"header": "JENIS BANSOS", "field": "program_code"}, {"header": "TAHAP SALUR", "field": "period_label"},
        {"header": "NOMINAL CAIR", "field": "amount_idr"}]'),
    ('pos', 'Daftar bayar di titik layanan (PT Pos)', '[
        {"header": "ID SALUR", "field": "disbursement_id"}, {"header": "NO", "field": "line_no"},
        {"header": "NIK KTP", "field": "nik"}, {"header": "NAMA PENERIMA", "field": "payee_name"},
        {"header": "ALAMAT", "field": "address"}, {"header": "KODE DESA", "field": "village_code"},
        {"header": "TITIK BAYAR", "field": "pay_point"}, {"header": "BANSOS", "field": "program_name"},
        {"header": "TAHAP", "field": "period_label"}, {"header": "NOMINAL", "field": "amount_idr"}]');
ALTER TABLE batch_layouts ENABLE ROW LEVEL SECURITY;
CREATE POLICY batch_layouts_seen ON batch_layouts FOR SELECT USING (lane_role() IS NOT NULL);
