ALTER FUNCTION check_batch_step() RESET search_path;
ALTER FUNCTION refuse_own_approval() RESET search_path;
ALTER FUNCTION refuse_foreign_decision() RESET search_path;
ALTER FUNCTION check_approval_end() RESET search_path;
CREATE OR REPLACE FUNCTION check_what_steps_refer_to() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM made m WHERE NOT EXISTS (
            SELECT 1 FROM disbursements d
            WHERE d.household_id = m.household_id AND d.disbursement_id = m.disbursement_id AND d.fiscal_year = m.fiscal_year
            OFFSET 0)) THEN
        RAISE EXCEPTION 'a step is of a payment'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'step_is_of_a_payment';
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER approval_begins_open ON approval_tasks;
DROP FUNCTION refuse_answered_question();
