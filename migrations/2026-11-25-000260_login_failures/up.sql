-- Logins that failed, counted for each name that was typed, whether or not there is such a login: after too many the door
-- stays shut for a while. A name is kept as its keyed digest only, since people type a NIK or a password into the
-- wrong field.
CREATE TABLE login_failures (
    account_digest bytea       PRIMARY KEY CHECK (length(account_digest) = 32),
    failures       integer     NOT NULL CHECK (failures >= 1),
    counted_since  timestamptz NOT NULL
);
CREATE INDEX login_failures_by_age ON login_failures (counted_since);

ALTER TABLE login_failures ENABLE ROW LEVEL SECURITY;
CREATE POLICY login_failures_counted ON login_failures FOR ALL USING ((SELECT lane_role()) = 'service');
