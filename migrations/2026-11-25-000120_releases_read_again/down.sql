CREATE OR REPLACE FUNCTION check_release_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'received>validating', 'validating>validated', 'validating>received', 'received>rejected', 'validating>rejected',
        'validated>rejected', 'validated>active', 'active>superseded', 'superseded>active', 'active>validated') THEN
        RAISE EXCEPTION 'a release does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'release_step';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION drop_release_partitions(release uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT lane_keeps_registry() OR EXISTS (SELECT 1 FROM release_activations a WHERE a.release_id = release) THEN
        RAISE EXCEPTION 'a release that was active keeps its rows' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', release_partition('household_snapshots', release));
    EXECUTE format('DROP TABLE IF EXISTS %I', release_partition('individual_snapshots', release));
END
$$;
