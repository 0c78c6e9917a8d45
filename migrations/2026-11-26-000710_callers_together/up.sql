-- Callers of one lane may share a transaction that writes for each of them (platform::gather). Each one's stored answers
-- are then at hand, as they are in a transaction of its own; nobody else's are.
CREATE FUNCTION lane_subjects() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('app.subjects', true), ''), '{}')::text[];

DROP POLICY idempotency_keys_seen ON idempotency_keys;
DROP POLICY idempotency_keys_stored ON idempotency_keys;
CREATE POLICY idempotency_keys_seen ON idempotency_keys FOR SELECT
    USING (client = (SELECT lane_subject()) OR client = ANY ((SELECT lane_subjects())::text[]));
CREATE POLICY idempotency_keys_stored ON idempotency_keys FOR INSERT
    WITH CHECK (client = (SELECT lane_subject()) OR client = ANY ((SELECT lane_subjects())::text[]));
