-- Programmes (program bantuan): what an agency runs for poor households.
CREATE TABLE programs (
    program_id   uuid        PRIMARY KEY,
    code         text        NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' AND length(code) <= 40),
    agency_code  text        NOT NULL REFERENCES agencies,
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind         text        NOT NULL CHECK (kind IN ('cash', 'in_kind', 'subsidy', 'service', 'empowerment')),
    funding      text        NOT NULL CHECK (funding IN ('managed', 'reported')),
    serves       text        NOT NULL CHECK (serves IN ('household', 'individual')),
    benefit      text        NOT NULL CHECK (length(benefit) BETWEEN 1 AND 500),
    amount_idr   bigint      CHECK (amount_idr >= 0),   -- for one period; NULL: stated with each payment
    cadence      text        NOT NULL CHECK (cadence IN ('once', 'monthly', 'quarterly', 'stages')),
    fund_source  text        NOT NULL CHECK (fund_source IN ('apbn', 'apbd_province', 'apbd_regency', 'village_fund', 'partner')),
    legal_basis  text        NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 500),
    areas        text[]      NOT NULL CHECK (cardinality(areas) >= 1),
    starts_on    date        NOT NULL,
    ends_on      date,
    sensitive_fields boolean NOT NULL DEFAULT false,    -- the legal basis names illness, disability and the like
    sensitive    boolean     NOT NULL DEFAULT false,    -- being in it says something that others should not see
    external_reference text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    version      integer     NOT NULL DEFAULT 1,
    CHECK (ends_on >= starts_on)
);
CREATE INDEX programs_by_agency ON programs (agency_code, program_id);

-- Eligibility and ranking as written (CEL), each version kept: a decision names the one it was taken with.
CREATE TABLE program_rules (
    program_id   uuid        NOT NULL REFERENCES programs,
    rule_version integer     NOT NULL CHECK (rule_version >= 1),
    eligibility  text        NOT NULL,
    ranking      jsonb       NOT NULL DEFAULT '[]',
    written_by   text        NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (program_id, rule_version)
);
CREATE TRIGGER program_rules_append_only BEFORE UPDATE OR DELETE ON program_rules
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- `program_id` may not stand beside `excludes_code` in one household; excluding goes both ways.
CREATE TABLE program_exclusions (
    program_id    uuid NOT NULL REFERENCES programs,
    excludes_code text NOT NULL,
    PRIMARY KEY (program_id, excludes_code)
);
CREATE INDEX program_exclusions_by_code ON program_exclusions (excludes_code);

-- Periods (tahap) are rows and do not overlap within a programme.
CREATE TABLE program_periods (
    program_id  uuid     NOT NULL REFERENCES programs,
    period_id   uuid     NOT NULL UNIQUE,
    fiscal_year smallint NOT NULL CHECK (fiscal_year BETWEEN 2025 AND 2036),
    label       text     NOT NULL CHECK (length(label) BETWEEN 1 AND 60),
    starts_on   date     NOT NULL,
    ends_on     date     NOT NULL,
    PRIMARY KEY (program_id, period_id),
    UNIQUE (program_id, label),
    CHECK (ends_on >= starts_on),
    CONSTRAINT periods_do_not_overlap EXCLUDE USING gist (program_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&)
);

-- Places (kuota): a counter with a check, so that two racing enrolments can't share the last place.
CREATE TABLE program_places (
    program_id uuid    PRIMARY KEY REFERENCES programs,
    quota      integer CHECK (quota >= 0),
    taken      integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
    CONSTRAINT quota_is_kept CHECK (taken <= quota)
);

-- A programme that may enrol without a DTSEN decile, and who said so.
CREATE TABLE program_exemptions (
    exemption_id uuid        PRIMARY KEY,
    program_id   uuid        NOT NULL REFERENCES programs,
    granted_by   text        NOT NULL,
    reason       text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    regulation   text        NOT NULL CHECK (length(regulation) BETWEEN 1 AND 300),
    until        date        NOT NULL,
    granted_at   timestamptz NOT NULL DEFAULT now()
);
