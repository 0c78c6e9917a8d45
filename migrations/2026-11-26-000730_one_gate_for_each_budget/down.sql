CREATE OR REPLACE FUNCTION post_transfers() RETURNS trigger
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
    WHERE a.account_id IN (
        SELECT touched.account_id FROM ledger_accounts touched
        WHERE touched.account_id IN (SELECT debit_account_id FROM posted UNION SELECT credit_account_id FROM posted)
        UNION
        SELECT sibling.account_id FROM ledger_accounts touched JOIN ledger_accounts sibling ON sibling.budget_id = touched.budget_id
        WHERE touched.account_id IN (SELECT debit_account_id FROM posted UNION SELECT credit_account_id FROM posted))
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

CREATE OR REPLACE FUNCTION refuse_unposted_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
