-- DTSEN releases (rilis) as received from BPS.
CREATE TABLE releases (
    release_id    uuid        PRIMARY KEY,
    label         text        NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
    data_date     date        NOT NULL,          -- the day that the data describes
    state         text        NOT NULL CHECK (state IN ('received', 'validating', 'validated', 'active', 'superseded', 'rejected')),
    fingerprint   bytea       NOT NULL,          -- digest over the files' digests
    received_by   uuid        NOT NULL,          -- person
    received_at   timestamptz NOT NULL DEFAULT now(),
    validated_at  timestamptz,
    rejected_reason text,
    compared_with uuid        REFERENCES releases,  -- the release that was active when this one was matched
    households    integer     NOT NULL DEFAULT 0,
    individuals   integer     NOT NULL DEFAULT 0,
    version       integer     NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX one_release_of_the_same_label ON releases (label) WHERE state <> 'rejected';
-- A delivery is recognised when it comes again, unless it was rejected.
CREATE UNIQUE INDEX one_release_of_the_same_files ON releases (fingerprint) WHERE state <> 'rejected';

CREATE FUNCTION check_release_step() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER release_step BEFORE UPDATE ON releases FOR EACH ROW EXECUTE FUNCTION check_release_step();

-- The one pointer that readers take. Moved by activation only.
CREATE TABLE active_release (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    release_id uuid    NOT NULL REFERENCES releases
);

CREATE TABLE release_activations (
    activation_id uuid        PRIMARY KEY,
    release_id    uuid        NOT NULL REFERENCES releases,
    replaced_id   uuid        REFERENCES releases,
    activated_by  uuid        NOT NULL,          -- person who had the last word
    reason        text,
    activated_at  timestamptz NOT NULL DEFAULT now()
);

-- The delivered files. What came in is accounted for, line by line, before the release counts as validated.
CREATE TABLE release_files (
    release_id    uuid    NOT NULL REFERENCES releases,
    kind          text    NOT NULL CHECK (kind IN ('families', 'members', 'code_book')),
    original_name text    NOT NULL,
    bytes         bigint  NOT NULL CHECK (bytes >= 0),
    sha256        bytea   NOT NULL CHECK (length(sha256) = 32),
    stored_as     text    NOT NULL,              -- name under DATA_DIR, sealed
    deleted_at    timestamptz,
    lines_in      bigint  CHECK (lines_in >= 0),
    loaded        bigint  CHECK (loaded >= 0),
    merged        bigint  CHECK (merged >= 0),
    set_aside     bigint  CHECK (set_aside >= 0),
    PRIMARY KEY (release_id, kind),
    CONSTRAINT no_line_is_lost CHECK (lines_in IS NULL OR lines_in = loaded + merged + set_aside)
);

CREATE TABLE release_findings (
    release_id uuid    NOT NULL REFERENCES releases,
    finding_no bigint  NOT NULL,
    file       text    NOT NULL,
    line       bigint  NOT NULL,
    "column"   text,
    kind       text    NOT NULL,
    action     text    NOT NULL CHECK (action IN ('repaired', 'set_aside', 'refused', 'noted', 'merged')),
    detail     text    NOT NULL,                 -- says the shape of the fault, never a number or name
    lines      bigint  NOT NULL DEFAULT 1 CHECK (lines >= 1), -- a habit of the whole file is told once for many
    PRIMARY KEY (release_id, finding_no)
);
CREATE INDEX release_findings_by_kind ON release_findings (release_id, kind, finding_no);

-- Lines that could not be loaded, sealed as they came, until their retention ends.
CREATE TABLE set_aside_lines (
    release_id uuid   NOT NULL REFERENCES releases,
    file       text   NOT NULL,
    line       bigint NOT NULL,
    sealed     bytea  NOT NULL,
    PRIMARY KEY (release_id, file, line)
);

-- The code book (kamus kode) that came with the release: what an answer's code means.
CREATE TABLE code_book_entries (
    release_id  uuid     NOT NULL REFERENCES releases,
    "column"    text     NOT NULL,
    code        smallint NOT NULL,
    description text     NOT NULL,
    PRIMARY KEY (release_id, "column", code)
);
