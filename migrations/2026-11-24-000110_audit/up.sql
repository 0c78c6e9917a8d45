-- Who looked at, or changed, what of whom (jejak pemrosesan, UU 27/2022). One row holds one caller's act, or
-- the reads of several callers of one lane that were answered by one query: the arrays run in step.
-- Ids only, never a NIK or KK number. Partitioned by year.
CREATE TABLE audit_entries (
    occurred_at   timestamptz NOT NULL DEFAULT now(),
    entry_id      uuid        NOT NULL DEFAULT gen_random_uuid(),
    role          text        NOT NULL,
    agency_code   text        NOT NULL,
    action        text        NOT NULL,
    purpose       text,
    subject_ids   text[]      NOT NULL,          -- who: the token's sub, one for each act
    actor_ids     text[]      NOT NULL,          -- for whom (RFC 8693 act), '' where nobody else
    peers         text[]      NOT NULL,          -- from where
    request_ids   uuid[]      NOT NULL,
    household_ids uuid[]      NOT NULL,          -- of whom
    individual_ids uuid[]     NOT NULL DEFAULT '{}',
    details       jsonb,
    PRIMARY KEY (occurred_at, entry_id)
) PARTITION BY RANGE (occurred_at);

DO $$
BEGIN
    FOR year IN 2026..2036 LOOP
        EXECUTE format('CREATE TABLE audit_entries_%s PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)',
            year, make_timestamptz(year, 1, 1, 0, 0, 0, 'Asia/Jakarta'), make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'Asia/Jakarta'));
    END LOOP;
END
$$;

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_written_by_all ON audit_entries FOR INSERT WITH CHECK (lane_role() IS NOT NULL);
CREATE POLICY audit_read_by_auditors ON audit_entries FOR SELECT USING (lane_role() = 'auditor');
