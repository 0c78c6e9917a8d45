CREATE OR REPLACE FUNCTION check_what_payments_refer_to() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    missing text;
BEGIN
    SELECT CASE
        WHEN NOT EXISTS (SELECT 1 FROM program_periods p WHERE p.program_id = of.program_id AND p.period_id = of.period_id)
            THEN 'payment_has_a_period'
        WHEN of.budget_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM program_budgets b WHERE b.program_id = of.program_id AND b.budget_id = of.budget_id)
            THEN 'payment_has_a_budget'
        WHEN of.batch_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.batch_id = of.batch_id)
            THEN 'payment_has_a_batch' END
    INTO missing
    FROM (SELECT DISTINCT program_id, period_id, budget_id, batch_id FROM made) of
    ORDER BY 1 LIMIT 1;
    IF missing IS NULL AND EXISTS (
        SELECT 1 FROM made m WHERE NOT EXISTS (
            SELECT 1 FROM enrolments e WHERE e.household_id = m.household_id AND e.enrolment_id = m.enrolment_id OFFSET 0)) THEN
        missing := 'payment_has_an_enrolment';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a payment refers to something that is not there'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = missing;
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER fund_shared_with_known_agencies ON funds;
DROP FUNCTION refuse_unknown_agencies();
ALTER TABLE ledger_accounts DROP CONSTRAINT account_with_a_known_partner, DROP CONSTRAINT account_of_its_fund;
ALTER TABLE budget_entries DROP CONSTRAINT entry_of_its_fund;
ALTER TABLE budgets DROP CONSTRAINT budgets_of_a_fund;
