-- Where money comes from (sumber dana) and what an agency may spend of it (pagu anggaran in its DPA), by fiscal year.
-- Neither holds an amount: how much there is, and what became of it, is what the ledger says. What was granted, and each
-- later revision, is an entry with its legal basis.
CREATE TABLE funds (
    fund_id     uuid        PRIMARY KEY,
    code        text        NOT NULL CONSTRAINT funds_code_key UNIQUE CHECK (length(code) BETWEEN 1 AND 60),
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    source      text        NOT NULL CHECK (source IN ('apbn', 'apbd_province', 'apbd_regency', 'village_fund', 'partner')),
    fiscal_year smallint    NOT NULL CHECK (fiscal_year BETWEEN 2025 AND 2036),
    agency_code text        NOT NULL REFERENCES agencies,
    shared_with text[]      NOT NULL DEFAULT '{}',   -- further agencies whose budgets may draw on it
    external_reference text CHECK (length(external_reference) BETWEEN 1 AND 100),
    created_by  text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (fund_id, fiscal_year)
);
CREATE INDEX funds_by_agency ON funds (agency_code, fund_id);
CREATE TRIGGER funds_stay BEFORE UPDATE OR DELETE ON funds FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE budgets (
    budget_id   uuid        PRIMARY KEY,
    fund_id     uuid        NOT NULL,
    fiscal_year smallint    NOT NULL,
    agency_code text        NOT NULL REFERENCES agencies,
    line        text        NOT NULL CHECK (length(line) BETWEEN 1 AND 100),   -- in the agency's DPA
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    external_reference text CHECK (length(external_reference) BETWEEN 1 AND 100),
    created_by  text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (fund_id, fiscal_year) REFERENCES funds (fund_id, fiscal_year),
    CONSTRAINT budgets_line_key UNIQUE (agency_code, fiscal_year, line),
    UNIQUE (budget_id, fiscal_year),
    UNIQUE (budget_id, agency_code)
);
CREATE INDEX budgets_by_fund ON budgets (fund_id, budget_id);
CREATE TRIGGER budgets_stay BEFORE UPDATE OR DELETE ON budgets FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a fund or budget was given (pagu), and each revision of it (pergeseran, perubahan).
CREATE TABLE budget_entries (
    entry_id    uuid        PRIMARY KEY,
    fund_id     uuid        NOT NULL REFERENCES funds,
    budget_id   uuid        REFERENCES budgets,       -- none: of the fund itself
    agency_code text        NOT NULL,
    amount_idr  bigint      NOT NULL CHECK (amount_idr <> 0),   -- given; taken back where it is below zero
    legal_basis text        NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 200),
    reason      text        CHECK (length(reason) BETWEEN 1 AND 1000),
    entered_by  text        NOT NULL,
    entered_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX budget_entries_by_fund ON budget_entries (fund_id, entry_id);
CREATE INDEX budget_entries_by_budget ON budget_entries (budget_id, entry_id);
CREATE TRIGGER budget_entries_append_only BEFORE UPDATE OR DELETE ON budget_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Budgets that a programme draws on, all of its own agency.
CREATE TABLE program_budgets (
    program_id  uuid        NOT NULL REFERENCES programs,
    budget_id   uuid        NOT NULL,
    agency_code text        NOT NULL,
    linked_by   text        NOT NULL,
    linked_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (program_id, budget_id),
    FOREIGN KEY (budget_id, agency_code) REFERENCES budgets (budget_id, agency_code)
);
CREATE TRIGGER program_budgets_append_only BEFORE UPDATE OR DELETE ON program_budgets
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Who keeps the books of the own agency, and who examines all of them. Money says nothing of a person here.
CREATE FUNCTION lane_reads_books(agency text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(lane_role() IN ('auditor', 'coordinator')
        OR (lane_role() IN ('program_manager', 'approver') AND agency = lane_agency()), false);

ALTER TABLE funds ENABLE ROW LEVEL SECURITY;
CREATE POLICY funds_seen ON funds FOR SELECT USING (
    lane_reads_books(agency_code) OR (lane_role() IN ('program_manager', 'approver') AND lane_agency() = ANY (shared_with)));
CREATE POLICY funds_made ON funds FOR INSERT WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());

ALTER TABLE budgets ENABLE ROW LEVEL SECURITY;
-- Whoever keeps a fund sees what draws on it.
CREATE POLICY budgets_seen ON budgets FOR SELECT USING (
    lane_reads_books(agency_code) OR fund_id IN (SELECT f.fund_id FROM funds f WHERE lane_reads_books(f.agency_code)));
CREATE POLICY budgets_made ON budgets FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' AND agency_code = lane_agency()
    AND fund_id IN (SELECT f.fund_id FROM funds f));

ALTER TABLE budget_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY budget_entries_seen ON budget_entries FOR SELECT USING (
    lane_reads_books(agency_code) OR fund_id IN (SELECT f.fund_id FROM funds f WHERE lane_reads_books(f.agency_code)));
CREATE POLICY budget_entries_made ON budget_entries FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' AND agency_code = lane_agency());

ALTER TABLE program_budgets ENABLE ROW LEVEL SECURITY;
CREATE POLICY program_budgets_seen ON program_budgets FOR SELECT USING (lane_reads_books(agency_code));
CREATE POLICY program_budgets_made ON program_budgets FOR INSERT WITH CHECK (
    lane_role() = 'program_manager' AND agency_code = lane_agency()
    AND program_id IN (SELECT p.program_id FROM programs p WHERE p.agency_code = lane_agency() AND p.funding = 'managed'));
