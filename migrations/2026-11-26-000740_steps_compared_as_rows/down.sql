CREATE OR REPLACE FUNCTION check_disbursement_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version,paid_on,proof_reference,checked_release_id,checked_decile}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,version,paid_on,proof_reference,checked_release_id,checked_decile}'::text[])
       OR (OLD.paid_on IS NOT NULL AND OLD.paid_on IS DISTINCT FROM NEW.paid_on)
       OR (NEW.state <> 'paid' AND (OLD.checked_release_id, OLD.checked_decile)
           IS DISTINCT FROM (NEW.checked_release_id, NEW.checked_decile)) THEN
        RAISE EXCEPTION 'a recorded payment does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'disbursement_is_frozen';
    END IF;
    IF (OLD.state || '>' || NEW.state) NOT IN ('planned>paid', 'planned>failed', 'paid>reversed', 'paid>returned') THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'disbursement_step';
    END IF;
    RETURN NEW;
END
$$;
