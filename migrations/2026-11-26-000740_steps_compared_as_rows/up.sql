-- What a payment's step may not change is as before, and compared as rows rather than as JSON: a report moves a hundred
-- thousand payments at once.
CREATE OR REPLACE FUNCTION check_disbursement_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved record;
BEGIN
    moved := OLD;
    moved.state := NEW.state;
    moved.version := NEW.version;
    moved.paid_on := NEW.paid_on;
    moved.proof_reference := NEW.proof_reference;
    moved.checked_release_id := NEW.checked_release_id;
    moved.checked_decile := NEW.checked_decile;
    IF NEW IS DISTINCT FROM moved
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
