DROP POLICY idempotency_keys_seen ON idempotency_keys;
DROP POLICY idempotency_keys_stored ON idempotency_keys;
CREATE POLICY idempotency_keys_seen ON idempotency_keys FOR SELECT USING (client = (SELECT lane_subject()));
CREATE POLICY idempotency_keys_stored ON idempotency_keys FOR INSERT WITH CHECK (client = (SELECT lane_subject()));
DROP FUNCTION lane_subjects();
