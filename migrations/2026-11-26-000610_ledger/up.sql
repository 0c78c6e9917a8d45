-- The ledger (buku besar): accounts, and transfers of one row each from one account to another. So it can't be unbalanced,
-- and nothing of it is ever changed: what was wrong is taken back by a further transfer.

-- Where money may go, by kind of transfer. Kept beside the enum in src/aid/ledger; a test holds the two together.
CREATE TABLE ledger_paths (
    kind   text NOT NULL,
    debit  text NOT NULL,
    credit text NOT NULL,
    PRIMARY KEY (kind, debit, credit)
);
INSERT INTO ledger_paths VALUES
    ('grant',      'source',     'fund'),        -- a source gives
    ('withdrawal', 'fund',       'source'),
    ('allocation', 'fund',       'budget'),      -- a budget is set
    ('recall',     'budget',     'fund'),
    ('commitment', 'budget',     'committed'),   -- promised to beneficiaries
    ('release',    'committed',  'budget'),
    ('hand_over',  'committed',  'in_transit'),  -- with a payment partner
    ('take_back',  'in_transit', 'committed'),
    ('delivery',   'budget',     'delivered'),   -- in a family's hand
    ('delivery',   'committed',  'delivered'),
    ('delivery',   'in_transit', 'delivered'),
    ('delivery',   'budget',     'goods'),       -- goods and services: spent, and no cash
    ('delivery',   'committed',  'goods'),
    ('failure',    'in_transit', 'budget'),      -- could not be delivered
    ('reversal',   'delivered',  'budget'),      -- paid wrongly
    ('reversal',   'goods',      'budget'),
    ('return',     'delivered',  'returned'),    -- came back from whom it was paid to
    ('repayment',  'returned',   'budget');      -- and is spendable again
CREATE TRIGGER ledger_paths_append_only BEFORE UPDATE OR DELETE ON ledger_paths
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE ledger_accounts (
    account_id   uuid        PRIMARY KEY,
    kind         text        NOT NULL CHECK (kind IN
                 ('source', 'fund', 'budget', 'committed', 'in_transit', 'delivered', 'goods', 'returned')),
    fund_id      uuid        NOT NULL,
    budget_id    uuid,
    partner_code text,                           -- with whom money is in transit
    fiscal_year  smallint    NOT NULL,
    agency_code  text        NOT NULL,           -- whose books
    debits_idr   bigint      NOT NULL DEFAULT 0 CHECK (debits_idr >= 0),
    credits_idr  bigint      NOT NULL DEFAULT 0 CHECK (credits_idr >= 0),
    opened_at    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (fund_id, fiscal_year) REFERENCES funds (fund_id, fiscal_year),
    FOREIGN KEY (budget_id, fiscal_year) REFERENCES budgets (budget_id, fiscal_year),
    CONSTRAINT account_of_a_budget CHECK ((budget_id IS NULL) = (kind IN ('source', 'fund'))),
    CONSTRAINT account_with_a_partner CHECK ((partner_code IS NOT NULL) = (kind = 'in_transit')),
    CONSTRAINT one_account_of_a_kind UNIQUE NULLS NOT DISTINCT (fund_id, budget_id, kind, partner_code),
    -- No account gives what it does not have, whoever races for the last rupiah; only the source lies outside the books.
    CONSTRAINT budget_not_overdrawn CHECK (kind <> 'budget' OR credits_idr >= debits_idr),
    CONSTRAINT fund_not_overdrawn CHECK (kind <> 'fund' OR credits_idr >= debits_idr),
    CONSTRAINT account_not_overdrawn CHECK (kind IN ('source', 'fund', 'budget') OR credits_idr >= debits_idr)
);
CREATE INDEX ledger_accounts_by_budget ON ledger_accounts (budget_id, kind);
CREATE INDEX ledger_accounts_by_agency ON ledger_accounts (agency_code, account_id);

CREATE TABLE ledger_transfers (
    transfer_id       uuid        NOT NULL DEFAULT uuid_v7(),
    fiscal_year       smallint    NOT NULL,
    kind              text        NOT NULL,
    debit_account_id  uuid        NOT NULL,      -- gives
    credit_account_id uuid        NOT NULL,      -- takes
    amount_idr        bigint      NOT NULL CHECK (amount_idr > 0),
    agency_code       text        NOT NULL,
    entry_id          uuid,                      -- what it belongs to: a budget entry,
    batch_id          uuid,                      -- a batch,
    household_id      uuid,                      -- a payment
    disbursement_id   uuid,
    village_code      text,
    actor             text        NOT NULL,
    transferred_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fiscal_year, transfer_id),
    CONSTRAINT transfer_between_two CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfer_belongs_to_something CHECK (num_nonnulls(entry_id, batch_id, disbursement_id) >= 1),
    CONSTRAINT payment_has_a_household CHECK (num_nonnulls(household_id, disbursement_id, village_code) IN (0, 3))
) PARTITION BY LIST (fiscal_year);

-- A payment is delivered once, taken back once: it never comes back to a state that it left.
CREATE UNIQUE INDEX one_transfer_of_a_kind ON ledger_transfers (disbursement_id, kind, fiscal_year)
    WHERE disbursement_id IS NOT NULL;
CREATE UNIQUE INDEX one_transfer_of_an_entry ON ledger_transfers (entry_id, fiscal_year) WHERE entry_id IS NOT NULL;
CREATE UNIQUE INDEX one_transfer_of_a_batch ON ledger_transfers (batch_id, kind, fiscal_year)
    WHERE disbursement_id IS NULL AND batch_id IS NOT NULL;
CREATE INDEX ledger_transfers_by_debit ON ledger_transfers (debit_account_id, transfer_id);
CREATE INDEX ledger_transfers_by_credit ON ledger_transfers (credit_account_id, transfer_id);

-- Posts what a statement inserted: the accounts' sums follow their transfers, in one order for everybody, and a transfer
-- that the books don't know is refused with all that came with it. As the owner, since nobody else may touch an account.
CREATE FUNCTION post_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM (SELECT DISTINCT kind, debit_account_id, credit_account_id, fiscal_year, agency_code FROM posted) p
        LEFT JOIN ledger_accounts d ON d.account_id = p.debit_account_id AND d.fiscal_year = p.fiscal_year
        LEFT JOIN ledger_accounts c ON c.account_id = p.credit_account_id AND c.fiscal_year = p.fiscal_year
        LEFT JOIN ledger_paths path ON path.kind = p.kind AND path.debit = d.kind AND path.credit = c.kind
        WHERE path.kind IS NULL OR d.fund_id <> c.fund_id OR d.budget_id <> c.budget_id
           OR p.agency_code NOT IN (d.agency_code, c.agency_code)
    ) THEN
        RAISE EXCEPTION 'no way leads from one of these accounts to the other'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_path';
    END IF;
    PERFORM 1 FROM ledger_accounts a
    WHERE a.account_id IN (SELECT debit_account_id FROM posted UNION SELECT credit_account_id FROM posted)
    ORDER BY a.account_id FOR NO KEY UPDATE;
    UPDATE ledger_accounts a
    SET debits_idr = a.debits_idr + s.debits, credits_idr = a.credits_idr + s.credits
    FROM (
        SELECT leg.account_id, sum(leg.debit)::bigint AS debits, sum(leg.credit)::bigint AS credits
        FROM posted p, LATERAL (VALUES
            (p.debit_account_id, p.amount_idr, 0), (p.credit_account_id, 0, p.amount_idr)) leg (account_id, debit, credit)
        GROUP BY leg.account_id
    ) s
    WHERE a.account_id = s.account_id;
    RETURN NULL;
END
$$;

-- An account's sums are moved by posting and by nothing else, whoever asks: this is the owner, too.
CREATE FUNCTION refuse_unposted_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.debits_idr = 0 AND NEW.credits_idr = 0 THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND to_jsonb(NEW) - 'debits_idr' - 'credits_idr' = to_jsonb(OLD) - 'debits_idr' - 'credits_idr'
           AND NEW.debits_idr >= OLD.debits_idr AND NEW.credits_idr >= OLD.credits_idr THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an account changes by its transfers alone'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_accounts_follow_transfers';
END
$$;
CREATE TRIGGER ledger_accounts_follow_transfers BEFORE INSERT OR UPDATE OR DELETE ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION refuse_unposted_change();
CREATE TRIGGER ledger_accounts_not_emptied BEFORE TRUNCATE ON ledger_accounts EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfers_append_only BEFORE UPDATE OR DELETE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfers_not_emptied BEFORE TRUNCATE ON ledger_transfers EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfers_posted AFTER INSERT ON ledger_transfers REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION post_transfers();

-- A statement that names a partition fires the partition's triggers: no way around the books there either.
DO $$
BEGIN
    FOR year IN 2025..2036 LOOP
        EXECUTE format('CREATE TABLE ledger_transfers_%s PARTITION OF ledger_transfers FOR VALUES IN (%s)', year, year);
        EXECUTE format('CREATE TRIGGER ledger_transfers_posted AFTER INSERT ON ledger_transfers_%s
            REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION post_transfers()', year);
        EXECUTE format('CREATE TRIGGER ledger_transfers_not_emptied BEFORE TRUNCATE ON ledger_transfers_%s
            EXECUTE FUNCTION refuse_change()', year);
    END LOOP;
END
$$;

ALTER TABLE ledger_paths ENABLE ROW LEVEL SECURITY;
CREATE POLICY ledger_paths_seen ON ledger_paths FOR SELECT USING (lane_role() IS NOT NULL);

ALTER TABLE ledger_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY ledger_accounts_seen ON ledger_accounts FOR SELECT USING (
    lane_reads_books(agency_code) OR fund_id IN (SELECT f.fund_id FROM funds f WHERE lane_reads_books(f.agency_code)));
CREATE POLICY ledger_accounts_opened ON ledger_accounts FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' AND agency_code = lane_agency());

ALTER TABLE ledger_transfers ENABLE ROW LEVEL SECURITY;
-- Of a payment within the caller's areas; whoever keeps a fund sees what was given of it.
CREATE POLICY ledger_transfers_seen ON ledger_transfers FOR SELECT USING (
    CASE WHEN household_id IS NULL
        THEN lane_reads_books(agency_code) OR debit_account_id IN (SELECT a.account_id FROM ledger_accounts a WHERE a.kind IN ('fund', 'source'))
             OR credit_account_id IN (SELECT a.account_id FROM ledger_accounts a WHERE a.kind IN ('fund', 'source'))
        ELSE lane_reads_books(agency_code) AND lane_role() <> 'coordinator'
             AND village_code LIKE ANY ((SELECT lane_areas())::text[]) END);
CREATE POLICY ledger_transfers_made ON ledger_transfers FOR INSERT WITH CHECK (
    lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());

-- The account of a kind that an allocation draws on or gives back to: another agency's fund, where it is shared. Gives away
-- its id and nothing of its sums.
CREATE FUNCTION fund_account(fund uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT a.account_id FROM ledger_accounts a JOIN funds f USING (fund_id)
    WHERE a.fund_id = fund AND a.kind = 'fund' AND lane_role() = 'program_manager'
      AND (f.agency_code = lane_agency() OR lane_agency() = ANY (f.shared_with));
END;

-- What an account had given and taken by a moment: whatever the caller's areas, since a sum is nobody's. Gives away two
-- sums of an account that the caller's policies show.
CREATE FUNCTION account_sums_at(account uuid, moment timestamptz) RETURNS TABLE (debits_idr bigint, credits_idr bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT coalesce(sum(t.amount_idr) FILTER (WHERE t.debit_account_id = account), 0)::bigint,
           coalesce(sum(t.amount_idr) FILTER (WHERE t.credit_account_id = account), 0)::bigint
    FROM ledger_transfers t
    WHERE (t.debit_account_id = account OR t.credit_account_id = account) AND t.transferred_at <= moment
      AND EXISTS (SELECT 1 FROM ledger_accounts a WHERE a.account_id = account AND lane_reads_books(a.agency_code));
END;
