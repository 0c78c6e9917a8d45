-- Disbursements (penyaluran): one delivery to an enrolment for one period. Partitioned by the period's fiscal
-- year, not by the day of paying, so that December paid in January cannot slip by the unique key.
CREATE TABLE disbursements (
    household_id    uuid        NOT NULL,
    disbursement_id uuid        NOT NULL,
    fiscal_year     smallint    NOT NULL,
    enrolment_id    uuid        NOT NULL,
    program_id      uuid        NOT NULL,
    period_id       uuid        NOT NULL,
    agency_code     text        NOT NULL,
    village_code    text        NOT NULL,
    amount_idr      bigint      NOT NULL CHECK (amount_idr > 0),
    state           text        NOT NULL CHECK (state IN ('planned', 'paid', 'failed', 'reversed')),
    release_id      uuid        NOT NULL,        -- of the enrolment's decision
    decile          smallint,
    exemption_id    uuid,
    checked_release_id uuid     NOT NULL,        -- active when the payment was recorded
    checked_decile  smallint,
    paid_on         date,
    proof_reference text        CHECK (length(proof_reference) BETWEEN 1 AND 100),
    external_reference text     CHECK (length(external_reference) BETWEEN 1 AND 100),
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    version         integer     NOT NULL DEFAULT 1,
    PRIMARY KEY (household_id, disbursement_id, fiscal_year),
    FOREIGN KEY (household_id, enrolment_id) REFERENCES enrolments,
    FOREIGN KEY (program_id, period_id) REFERENCES program_periods,
    CONSTRAINT paid_has_a_day CHECK (state NOT IN ('paid', 'reversed') OR paid_on IS NOT NULL),
    CONSTRAINT paid_on_a_decile_or_exempt CHECK (decile IS NOT NULL OR exemption_id IS NOT NULL)
) PARTITION BY LIST (fiscal_year);

DO $$
BEGIN
    FOR year IN 2025..2036 LOOP
        EXECUTE format('CREATE TABLE disbursements_%s PARTITION OF disbursements FOR VALUES IN (%s)', year, year);
    END LOOP;
END
$$;

-- One standing payment for an enrolment and period.
CREATE UNIQUE INDEX one_standing_payment ON disbursements (household_id, enrolment_id, period_id, fiscal_year)
    WHERE state IN ('planned', 'paid');
CREATE INDEX disbursements_by_id ON disbursements (disbursement_id);
CREATE INDEX disbursements_by_program ON disbursements (program_id, disbursement_id);
CREATE INDEX disbursements_by_reference ON disbursements (agency_code, external_reference) WHERE external_reference IS NOT NULL;

-- A payment only moves forward, and nothing else of it moves but the proof of its paying.
CREATE FUNCTION check_disbursement_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version,paid_on,proof_reference}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,version,paid_on,proof_reference}'::text[])
       OR (OLD.paid_on IS NOT NULL AND OLD.paid_on IS DISTINCT FROM NEW.paid_on) THEN
        RAISE EXCEPTION 'a recorded payment does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'disbursement_is_frozen';
    END IF;
    IF (OLD.state || '>' || NEW.state) NOT IN ('planned>paid', 'planned>failed', 'paid>reversed') THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'disbursement_step';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER disbursement_step BEFORE UPDATE ON disbursements FOR EACH ROW EXECUTE FUNCTION check_disbursement_step();
CREATE TRIGGER disbursements_stay BEFORE DELETE ON disbursements FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE disbursement_steps (
    household_id    uuid        NOT NULL,
    disbursement_id uuid        NOT NULL,
    fiscal_year     smallint    NOT NULL,
    step_no         integer     NOT NULL,
    from_state      text,
    to_state        text        NOT NULL,
    reason          text,
    actor           text        NOT NULL,
    agency_code     text        NOT NULL,
    stepped_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (household_id, disbursement_id, fiscal_year, step_no),
    FOREIGN KEY (household_id, disbursement_id, fiscal_year) REFERENCES disbursements
) PARTITION BY LIST (fiscal_year);

DO $$
BEGIN
    FOR year IN 2025..2036 LOOP
        EXECUTE format('CREATE TABLE disbursement_steps_%s PARTITION OF disbursement_steps FOR VALUES IN (%s)', year, year);
    END LOOP;
END
$$;
CREATE TRIGGER disbursement_steps_append_only BEFORE UPDATE OR DELETE ON disbursement_steps
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE disbursements ENABLE ROW LEVEL SECURITY;
CREATE POLICY disbursements_seen ON disbursements FOR SELECT USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND (lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager'))));
CREATE POLICY disbursements_made ON disbursements FOR INSERT
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
CREATE POLICY disbursements_moved ON disbursements FOR UPDATE
    USING (lane_role() = 'program_manager' AND agency_code = lane_agency()
           AND village_code LIKE ANY ((SELECT lane_areas())::text[]));

ALTER TABLE disbursement_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY disbursement_steps_seen ON disbursement_steps FOR SELECT USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager')));
CREATE POLICY disbursement_steps_made ON disbursement_steps FOR INSERT
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());

-- What every agency gives one household (riwayat bantuan): programme, periods, state. Gives away: for one
-- household the caller may see, the programmes it stands in or stood in; amounts of other agencies and
-- programmes marked sensitive stay hidden. The reason this service exists; each call is audited by the service.
CREATE FUNCTION aid_of_household(household uuid)
RETURNS TABLE (program_code text, program_name text, program_kind text, agency_code text, enrolment_state text,
               since timestamptz, individual_id uuid, period_label text, payment_state text, paid_on date, amount_idr bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT p.code, p.name, p.kind, e.agency_code, e.state, e.created_at, e.individual_id,
           pp.label, d.state, d.paid_on,
           CASE WHEN e.agency_code = lane_agency() OR lane_role() = 'auditor' THEN d.amount_idr END
    FROM enrolments e
    JOIN programs p ON p.program_id = e.program_id
    LEFT JOIN disbursements d ON d.household_id = e.household_id AND d.enrolment_id = e.enrolment_id
    LEFT JOIN program_periods pp ON pp.program_id = d.program_id AND pp.period_id = d.period_id
    WHERE e.household_id = household
      AND lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
      AND (NOT p.sensitive OR e.agency_code = lane_agency() OR lane_role() = 'auditor')
      AND EXISTS (SELECT 1 FROM household_snapshots h
                  WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = household
                    AND h.village_code LIKE ANY (lane_areas()));
END;

-- The same for many at once, standing enrolments only: what a bulk lookup answers.
CREATE FUNCTION standing_programs_of(households uuid[]) RETURNS TABLE (household_id uuid, program_codes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT c.household_id, array_agg(DISTINCT c.program_code ORDER BY c.program_code)
    FROM enrolment_claims c JOIN programs p ON p.program_id = c.program_id
    WHERE c.household_id = ANY (households)
      AND lane_role() IN ('program_manager', 'case_manager', 'registry_steward', 'auditor')
      AND (NOT p.sensitive OR p.agency_code = lane_agency() OR lane_role() = 'auditor')
    GROUP BY c.household_id;
END;

-- Programmes that forbid each other, standing in this household, whoever runs them.
CREATE FUNCTION standing_exclusions(household uuid, program uuid) RETURNS TABLE (program_code text, agency_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT c.program_code, c.agency_code
    FROM enrolment_claims c
    JOIN programs mine ON mine.program_id = program
    WHERE c.household_id = household AND c.program_id <> program
      AND lane_role() = 'program_manager'
      AND (EXISTS (SELECT 1 FROM program_exclusions x WHERE x.program_id = program AND x.excludes_code = c.program_code)
        OR EXISTS (SELECT 1 FROM program_exclusions x WHERE x.program_id = c.program_id AND x.excludes_code = mine.code));
END;
