-- The caller's lane (jalur): who asks, for which agency, in which areas. The service sets it with SET LOCAL
-- at the head of each transaction, in src/platform/db.rs and nowhere else. Without a lane these
-- functions answer nothing, and a policy that asks them lets no row through.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION lane_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.role', true), '');

CREATE FUNCTION lane_agency() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.agency', true), '');

-- The lane's areas as patterns over a village's code: a prefix ends at a dot ('35.26.01.%'), a village is itself.
-- Used as `village_code LIKE ANY ((SELECT lane_areas())::text[])`, which is computed once a query.
CREATE FUNCTION lane_areas() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('app.areas', true), ''), '{}')::text[];

-- Roles that may see households and individuals of their areas (DESIGN section 6).
CREATE FUNCTION lane_sees_households() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(lane_role() IN ('registry_steward', 'program_manager', 'field_officer', 'case_manager', 'auditor'), false);

-- Loads releases and keeps the registry.
CREATE FUNCTION lane_keeps_registry() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(lane_role() = 'registry_steward', false);

-- Ids made where many rows arise in one statement: UUIDv7 (RFC 9562) as the service makes them.
CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE RETURN
    encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid;

-- For tables whose rows are never changed or taken away, whoever asks.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;
