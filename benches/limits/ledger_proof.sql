-- The books' questions as a good reader of SQL would ask them: each answers with how many rows do not fit.
SELECT sum(credits_idr) - sum(debits_idr) FROM ledger_accounts;

SELECT count(*)
FROM ledger_accounts a
FULL JOIN (
    SELECT account_id, sum(debit) AS debits, sum(credit) AS credits
    FROM (
        SELECT debit_account_id AS account_id, sum(amount_idr) AS debit, 0 AS credit FROM ledger_transfers GROUP BY 1
        UNION ALL
        SELECT credit_account_id, 0, sum(amount_idr) FROM ledger_transfers GROUP BY 1
    ) legs
    GROUP BY account_id
) t USING (account_id)
WHERE (a.debits_idr, a.credits_idr) IS DISTINCT FROM (coalesce(t.debits, 0)::bigint, coalesce(t.credits, 0)::bigint);

SELECT count(*)
FROM (SELECT DISTINCT kind, debit_account_id, credit_account_id FROM ledger_transfers) t
JOIN ledger_accounts d ON d.account_id = t.debit_account_id
JOIN ledger_accounts c ON c.account_id = t.credit_account_id
LEFT JOIN ledger_paths p ON p.kind = t.kind AND p.debit = d.kind AND p.credit = c.kind
WHERE p.kind IS NULL;

SELECT count(*)
FROM disbursements d
LEFT JOIN (
    SELECT disbursement_id, sum(CASE kind WHEN 'delivery' THEN amount_idr WHEN 'reversal' THEN -amount_idr
        WHEN 'return' THEN -amount_idr ELSE 0 END) AS delivered
    FROM ledger_transfers WHERE disbursement_id IS NOT NULL GROUP BY disbursement_id
) t USING (disbursement_id)
WHERE d.budget_id IS NOT NULL AND coalesce(t.delivered, 0) <> CASE d.state WHEN 'paid' THEN d.amount_idr ELSE 0 END;

SELECT count(*)
FROM (
    SELECT budget_id, sum(credits_idr - debits_idr) FILTER (WHERE kind IN ('committed', 'in_transit')) AS promised,
        sum(credits_idr - debits_idr) FILTER (WHERE kind IN ('delivered', 'goods')) AS delivered
    FROM ledger_accounts WHERE budget_id IS NOT NULL GROUP BY budget_id
) a
LEFT JOIN (
    SELECT budget_id, sum(amount_idr) FILTER (WHERE state = 'planned') AS planned, sum(amount_idr) FILTER (WHERE state = 'paid') AS paid
    FROM disbursements WHERE budget_id IS NOT NULL GROUP BY budget_id
) d USING (budget_id)
WHERE promised <> coalesce(planned, 0) OR delivered <> coalesce(paid, 0);
