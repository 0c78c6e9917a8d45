-- Enrolments (kepesertaan): a household or individual in a programme. The decision's release, decile, rule
-- version and explanation are frozen in the row: one reference, or a recorded exemption.
CREATE TABLE enrolments (
    household_id   uuid        NOT NULL,
    enrolment_id   uuid        NOT NULL,
    program_id     uuid        NOT NULL REFERENCES programs,
    agency_code    text        NOT NULL REFERENCES agencies,
    beneficiary_id uuid        NOT NULL,         -- the household's id, or the individual's
    individual_id  uuid,
    village_code   text        NOT NULL,         -- at the decision
    state          text        NOT NULL
                   CHECK (state IN ('candidate', 'confirmed', 'active', 'suspended', 'graduated', 'ended', 'rejected')),
    release_id     uuid        NOT NULL REFERENCES releases,
    decile         smallint    CHECK (decile BETWEEN 1 AND 10),
    exemption_id   uuid        REFERENCES program_exemptions,
    rule_version   integer     NOT NULL,
    explanation    jsonb       NOT NULL,
    override_reason text,
    override_allowed_by text,
    external_reference text    CHECK (length(external_reference) BETWEEN 1 AND 100),
    created_by     text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    version        integer     NOT NULL DEFAULT 1,
    PRIMARY KEY (household_id, enrolment_id),
    FOREIGN KEY (program_id, rule_version) REFERENCES program_rules (program_id, rule_version),
    CONSTRAINT decided_on_a_decile_or_exempt CHECK (decile IS NOT NULL OR exemption_id IS NOT NULL),
    CONSTRAINT beneficiary_is_household_or_individual CHECK (beneficiary_id = coalesce(individual_id, household_id)),
    CONSTRAINT override_names_who CHECK ((override_reason IS NULL) = (override_allowed_by IS NULL))
);
CREATE INDEX enrolments_by_id ON enrolments (enrolment_id);
CREATE INDEX enrolments_by_program ON enrolments (program_id, enrolment_id);
CREATE INDEX enrolments_by_reference ON enrolments (agency_code, external_reference) WHERE external_reference IS NOT NULL;

-- What was decided stays: only the state and its version move.
CREATE FUNCTION check_enrolment_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{state,version}'::text[]) THEN
        RAISE EXCEPTION 'what an enrolment was decided on does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'enrolment_decision_is_frozen';
    END IF;
    IF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'candidate>confirmed', 'candidate>rejected', 'confirmed>active', 'confirmed>ended', 'confirmed>rejected',
        'active>suspended', 'active>graduated', 'active>ended',
        'suspended>active', 'suspended>graduated', 'suspended>ended') THEN
        RAISE EXCEPTION 'an enrolment does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'enrolment_step';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER enrolment_step BEFORE UPDATE ON enrolments FOR EACH ROW EXECUTE FUNCTION check_enrolment_step();
CREATE TRIGGER enrolments_stay BEFORE DELETE ON enrolments FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE enrolment_steps (
    household_id uuid        NOT NULL,
    enrolment_id uuid        NOT NULL,
    step_no      integer     NOT NULL,
    from_state   text,
    to_state     text        NOT NULL,
    reason       text        NOT NULL,
    effective_on date        NOT NULL,
    actor        text        NOT NULL,
    agency_code  text        NOT NULL,
    stepped_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (household_id, enrolment_id, step_no),
    FOREIGN KEY (household_id, enrolment_id) REFERENCES enrolments
);
CREATE TRIGGER enrolment_steps_append_only BEFORE UPDATE OR DELETE ON enrolment_steps
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One standing enrolment for a beneficiary and programme, wherever the beneficiary lives: written and freed in
-- the enrolment's own transaction.
CREATE TABLE enrolment_claims (
    beneficiary_id uuid NOT NULL,
    program_id     uuid NOT NULL,
    household_id   uuid NOT NULL,
    enrolment_id   uuid NOT NULL,
    agency_code    text NOT NULL,
    program_code   text NOT NULL,
    PRIMARY KEY (beneficiary_id, program_id)
);
CREATE INDEX enrolment_claims_by_household ON enrolment_claims (household_id, program_id);
CREATE INDEX enrolment_claims_by_program ON enrolment_claims (program_code, household_id);

ALTER TABLE enrolments ENABLE ROW LEVEL SECURITY;
CREATE POLICY enrolments_seen ON enrolments FOR SELECT USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND (lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager', 'field_officer'))));
CREATE POLICY enrolments_made ON enrolments FOR INSERT
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
CREATE POLICY enrolments_moved ON enrolments FOR UPDATE
    USING (lane_role() = 'program_manager' AND agency_code = lane_agency()
           AND village_code LIKE ANY ((SELECT lane_areas())::text[]));

ALTER TABLE enrolment_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY enrolment_steps_seen ON enrolment_steps FOR SELECT USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager', 'field_officer')));
CREATE POLICY enrolment_steps_made ON enrolment_steps FOR INSERT
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());

ALTER TABLE enrolment_claims ENABLE ROW LEVEL SECURITY;
CREATE POLICY enrolment_claims_seen ON enrolment_claims FOR SELECT USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager', 'field_officer')));
CREATE POLICY enrolment_claims_made ON enrolment_claims FOR INSERT
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
CREATE POLICY enrolment_claims_freed ON enrolment_claims FOR DELETE
    USING (lane_role() = 'program_manager' AND agency_code = lane_agency());

-- Which households stand in programmes of any agency. Gives away: that a household is in a programme whose
-- code the caller names, unless another agency marked it sensitive. Rules ask it; the lane hides the rows themselves.
CREATE FUNCTION standing_aid(programs text[]) RETURNS TABLE (household_id uuid, program_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT c.household_id, c.program_code
    FROM enrolment_claims c LEFT JOIN public.programs p ON p.program_id = c.program_id
    WHERE c.program_code = ANY (programs)
      AND (NOT coalesce(p.sensitive, false) OR c.agency_code = lane_agency() OR lane_role() = 'auditor') AND lane_role() IN ('program_manager', 'registry_steward', 'auditor');
END;
