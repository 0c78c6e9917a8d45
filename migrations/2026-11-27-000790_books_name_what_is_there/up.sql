-- What the books name is there and belongs together: a budget's accounts and entries are of the budget's own fund, and money is
-- in transit with an agency that is known.
ALTER TABLE budgets ADD CONSTRAINT budgets_of_a_fund UNIQUE (budget_id, fund_id);
ALTER TABLE budget_entries ADD CONSTRAINT entry_of_its_fund FOREIGN KEY (budget_id, fund_id) REFERENCES budgets (budget_id, fund_id);
ALTER TABLE ledger_accounts
    ADD CONSTRAINT account_of_its_fund FOREIGN KEY (budget_id, fund_id) REFERENCES budgets (budget_id, fund_id),
    ADD CONSTRAINT account_with_a_known_partner FOREIGN KEY (partner_code) REFERENCES agencies;

-- A fund is shared with agencies that are known: an array holds no foreign key.
CREATE FUNCTION refuse_unknown_agencies() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM unnest(NEW.shared_with) AS shared (code) WHERE NOT EXISTS (SELECT 1 FROM agencies a WHERE a.code = shared.code)) THEN
        RAISE EXCEPTION 'a fund is shared with an agency that is not known'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fund_shared_with_known_agencies';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER fund_shared_with_known_agencies BEFORE INSERT OR UPDATE OF shared_with ON funds
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_agencies();

-- A payment of a managed programme is of a budget: without one it would stand outside the books.
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
        WHEN of.budget_id IS NULL AND EXISTS (SELECT 1 FROM programs p WHERE p.program_id = of.program_id AND p.funding = 'managed')
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
