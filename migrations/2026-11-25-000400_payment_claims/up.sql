-- One standing payment for a beneficiary, programme and period, through which enrolment ever: written and freed in
-- the payment's own transaction. An enrolment that ended and was made anew is another row, and its partial unique
-- index knows nothing of the former one's payments; the claim does.
CREATE TABLE payment_claims (
    beneficiary_id  uuid     NOT NULL,           -- the individual; or the household, as it lives on
    program_id      uuid     NOT NULL,
    period_id       uuid     NOT NULL,
    once            boolean  NOT NULL,           -- of a programme that gives once, whatever the period
    household_id    uuid     NOT NULL,
    disbursement_id uuid     NOT NULL UNIQUE,
    agency_code     text     NOT NULL,
    PRIMARY KEY (beneficiary_id, program_id, period_id)
);
CREATE UNIQUE INDEX one_payment_of_what_is_given_once ON payment_claims (beneficiary_id, program_id) WHERE once;
CREATE INDEX payment_claims_by_household ON payment_claims (household_id, program_id);

ALTER TABLE payment_claims ENABLE ROW LEVEL SECURITY;
-- By agency, not by area: whoever was paid where they lived before is not paid again where they live now.
CREATE POLICY payment_claims_seen ON payment_claims FOR SELECT USING (
    lane_role() = 'auditor' OR (agency_code = lane_agency() AND lane_role() IN ('program_manager', 'approver', 'case_manager')));
CREATE POLICY payment_claims_made ON payment_claims FOR INSERT
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
CREATE POLICY payment_claims_freed ON payment_claims FOR DELETE
    USING (lane_role() = 'program_manager' AND agency_code = lane_agency());

-- What stands already, the oldest first; a payment that stands twice keeps one claim, and can be reversed.
INSERT INTO payment_claims
SELECT coalesce(e.individual_id, d.household_id), d.program_id, d.period_id, p.cadence = 'once', d.household_id,
       d.disbursement_id, d.agency_code
FROM disbursements d
JOIN enrolments e ON e.household_id = d.household_id AND e.enrolment_id = d.enrolment_id
JOIN programs p ON p.program_id = d.program_id
WHERE d.state IN ('planned', 'paid')
ORDER BY d.disbursement_id
ON CONFLICT DO NOTHING;

-- What a payment was checked against moves once more, when what was planned is paid.
CREATE OR REPLACE FUNCTION check_disbursement_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version,paid_on,proof_reference,checked_release_id,checked_decile}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,version,paid_on,proof_reference,checked_release_id,checked_decile}'::text[])
       OR (OLD.paid_on IS NOT NULL AND OLD.paid_on IS DISTINCT FROM NEW.paid_on)
       OR (NEW.state <> 'paid' AND (OLD.checked_release_id, OLD.checked_decile)
           IS DISTINCT FROM (NEW.checked_release_id, NEW.checked_decile)) THEN
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
