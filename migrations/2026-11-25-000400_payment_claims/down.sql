CREATE OR REPLACE FUNCTION check_disbursement_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version,paid_on,proof_reference}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,version,paid_on,proof_reference}'::text[])
       OR (OLD.paid_on IS NOT NULL AND OLD.paid_on IS DISTINCT FROM NEW.paid_on) THEN
        RAISE EXCEPTION 'a recorded payment does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'disbursement_is_frozen';
    END IF;
    IF (OLD.state || '>' || NEW.state) NOT IN ('planned>paid', 'planned>failed', 'paid>reversed') THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'disbursement_step';
    END IF;
    RETURN NEW;
END
$$;
DROP TABLE payment_claims;
