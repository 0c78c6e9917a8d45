DROP FUNCTION fail_accounts_of_batch(uuid, uuid[], text, text);
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
