-- What is asked begins as a question: nothing is written as agreed to already, nor as asked by somebody else.
CREATE FUNCTION refuse_answered_question() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'open' OR NEW.closed_at IS NOT NULL OR NEW.requested_by <> lane_person() THEN
        RAISE EXCEPTION 'an approval is asked for before it is given'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_begins_open';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approval_begins_open BEFORE INSERT ON approval_tasks
    FOR EACH ROW EXECUTE FUNCTION refuse_answered_question();

-- A step is of a payment of the same agency: another one's would stand in the way of its next step.
CREATE OR REPLACE FUNCTION check_what_steps_refer_to() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM made m WHERE NOT EXISTS (
            SELECT 1 FROM disbursements d
            WHERE d.household_id = m.household_id AND d.disbursement_id = m.disbursement_id AND d.fiscal_year = m.fiscal_year
              AND d.agency_code = m.agency_code
            OFFSET 0)) THEN
        RAISE EXCEPTION 'a step is of a payment'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'step_is_of_a_payment';
    END IF;
    RETURN NULL;
END
$$;

-- What these ask is asked of our tables, and of no temporary one that a session made under their names.
ALTER FUNCTION check_batch_step() SET search_path = public, pg_temp;
ALTER FUNCTION refuse_own_approval() SET search_path = public, pg_temp;
ALTER FUNCTION refuse_foreign_decision() SET search_path = public, pg_temp;
ALTER FUNCTION check_approval_end() SET search_path = public, pg_temp;
