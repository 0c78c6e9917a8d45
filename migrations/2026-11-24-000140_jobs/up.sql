-- Work that outlives its request. A job keeps the lane of who asked; a worker holds it by a lease that it
-- renews, so that a job whose worker died is taken up again.
CREATE TABLE jobs (
    job_id       uuid        PRIMARY KEY,
    kind         text        NOT NULL,
    subject_id   uuid        NOT NULL,           -- what it works on
    agency_code  text        NOT NULL,
    lane         jsonb       NOT NULL,
    payload      jsonb       NOT NULL,
    state        text        NOT NULL DEFAULT 'queued'
                 CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    run_after    timestamptz NOT NULL DEFAULT now(),
    attempts     smallint    NOT NULL DEFAULT 0,
    leased_until timestamptz,
    cancel_asked boolean     NOT NULL DEFAULT false,
    done         bigint      NOT NULL DEFAULT 0,
    total        bigint,
    result       jsonb,
    problem      jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);
CREATE INDEX jobs_waiting ON jobs (run_after) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_subject ON jobs (subject_id);
