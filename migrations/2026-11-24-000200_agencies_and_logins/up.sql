-- Agencies (OPD, and partners: BPS, village governments, SLRT, banks), known everywhere by a short code.
CREATE TABLE agencies (
    code        text        PRIMARY KEY CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(code) <= 60),
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind        text        NOT NULL
                CHECK (kind IN ('regency_office', 'village_government', 'statistics_office', 'slrt', 'bank', 'postal', 'province', 'ministry', 'university', 'other')),
    parent_code text        REFERENCES agencies,
    contact     jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    version     integer     NOT NULL DEFAULT 1
);

-- People. A natural person may hold several logins; four eyes compare persons.
CREATE TABLE users (
    user_id       uuid        PRIMARY KEY,
    person_id     uuid        NOT NULL,
    username      text        NOT NULL UNIQUE CHECK (username ~ '^[a-z0-9]+([._-][a-z0-9]+)*$' AND length(username) <= 100),
    password_hash text        NOT NULL,          -- argon2id, PHC string
    full_name     text        NOT NULL,
    role          text        NOT NULL,
    agency_code   text        NOT NULL REFERENCES agencies,
    areas         text[]      NOT NULL,
    active        boolean     NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Other agencies' systems (OAuth 2.0 client credentials).
CREATE TABLE clients (
    client_id     text        PRIMARY KEY CHECK (client_id ~ '^[a-z0-9]+([._-][a-z0-9]+)*$' AND length(client_id) <= 100),
    secret_hash   text        NOT NULL,
    name          text        NOT NULL,
    role          text        NOT NULL,
    agency_code   text        NOT NULL REFERENCES agencies,
    areas         text[]      NOT NULL,
    active        boolean     NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Lookups that found nobody, for each caller and day: numbers can be guessed, so misses are counted.
CREATE TABLE lookup_misses (
    subject text    NOT NULL,
    day     date    NOT NULL,
    misses  integer NOT NULL,
    PRIMARY KEY (subject, day)
);
