-- What changed, written in the transaction that changed it. A sequencer numbers committed rows; that number
-- is the cursor of every feed. Payloads carry ids and states, never names or numbers of persons.
CREATE TABLE outbox_events (
    event_id     uuid        PRIMARY KEY,
    kind         text        NOT NULL,           -- 'enrolment.confirmed'
    agency_code  text,                           -- whose work it is; NULL: the registry's
    household_id uuid,
    subject_id   uuid        NOT NULL,           -- the enrolment, disbursement, release …
    payload      jsonb       NOT NULL,
    occurred_at  timestamptz NOT NULL DEFAULT now(),
    sequence     bigint      UNIQUE
);
CREATE INDEX outbox_unnumbered ON outbox_events (event_id) WHERE sequence IS NULL;
