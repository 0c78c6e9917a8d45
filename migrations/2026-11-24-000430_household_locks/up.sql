-- Holds households, in the order of their ids, until the transaction ends: whoever decides on a household's aid
-- comes here first. A row lock, since advisory locks have room for a few thousand in the whole server and a list
-- is enrolled at once. The service may not change `households`, which a row lock asks for; this gives it just
-- that. Gives away nothing: it answers nothing, and holding delays nobody but other deciders.
CREATE FUNCTION hold_households(households uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF lane_role() IS DISTINCT FROM 'program_manager' THEN
        RAISE EXCEPTION 'only a programme manager decides on aid' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM households h WHERE h.household_id = ANY (households) ORDER BY h.household_id FOR NO KEY UPDATE;
END
$$;
