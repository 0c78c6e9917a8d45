-- Whoever posts holds one account of each budget that it touches, in one order for everybody, instead of all of them: two that
-- post different transfers of the same budget wait for each other all the same, and never in a circle.
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
    -- Of a budget its own account is the gate: whoever holds it is alone with all of them, so the others need no lock.
    PERFORM 1 FROM ledger_accounts gate
    WHERE gate.account_id IN (
        SELECT coalesce(own.account_id, touched.account_id)
        FROM (SELECT debit_account_id AS account_id FROM posted UNION SELECT credit_account_id FROM posted) p
        JOIN ledger_accounts touched ON touched.account_id = p.account_id
        LEFT JOIN ledger_accounts own ON own.budget_id = touched.budget_id AND own.kind = 'budget')
    ORDER BY gate.account_id FOR NO KEY UPDATE;
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

-- As before, and compared as rows rather than as JSON: every posting passes here for each account.
CREATE OR REPLACE FUNCTION refuse_unposted_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    posted ledger_accounts;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.debits_idr = 0 AND NEW.credits_idr = 0 THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        posted := OLD;
        posted.debits_idr := NEW.debits_idr;
        posted.credits_idr := NEW.credits_idr;
        IF pg_trigger_depth() > 1 AND NEW IS NOT DISTINCT FROM posted
           AND NEW.debits_idr >= OLD.debits_idr AND NEW.credits_idr >= OLD.credits_idr THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an account changes by its transfers alone'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_accounts_follow_transfers';
END
$$;
