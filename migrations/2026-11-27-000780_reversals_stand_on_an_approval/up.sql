-- A reversal is done by an approval, and by nobody who made the payment: also true if a handler forgets to ask.
CREATE FUNCTION refuse_unapproved_reversal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM approval_tasks t
        WHERE t.kind = 'disbursement.reversal' AND t.subject_id = NEW.disbursement_id AND t.state = 'approved') THEN
        RAISE EXCEPTION 'a payment is reversed by the word of two persons'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'reversal_by_two_persons';
    END IF;
    IF lane_person_prepared(NEW.household_id, NEW.disbursement_id, NEW.fiscal_year, NEW.batch_id) THEN
        RAISE EXCEPTION 'a payment is taken back by the word of somebody who did not make it'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'return_by_another_person';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER reversal_by_two_persons BEFORE UPDATE ON disbursements
    FOR EACH ROW WHEN (OLD.state = 'paid' AND NEW.state = 'reversed') EXECUTE FUNCTION refuse_unapproved_reversal();

-- Nor does a manager free what was paid by freeing its claim alone: while a payment's step is under way it still stands as it did.
ALTER POLICY payment_claims_freed ON payment_claims USING (
    ((SELECT lane_role()) = 'approver' AND agency_code = (SELECT lane_agency()))
    OR ((SELECT lane_role()) = 'program_manager' AND agency_code = (SELECT lane_agency()) AND NOT EXISTS (
        SELECT 1 FROM disbursements d
        WHERE d.household_id = payment_claims.household_id AND d.disbursement_id = payment_claims.disbursement_id
          AND d.state = 'paid'))
    OR ((SELECT lane_role()) = 'payment_partner' AND disbursement_id IN (SELECT d.disbursement_id FROM disbursements d)));

-- A pay point is recorded and changed by those whose areas have the region that it serves.
ALTER POLICY pay_points_made ON pay_points WITH CHECK (
    agency_code = lane_agency() AND lane_covers(ARRAY[region_code])
    AND (lane_role() = 'program_manager' OR (lane_role() = 'payment_partner' AND partner_code = lane_agency())));
ALTER POLICY pay_points_changed ON pay_points USING (
    lane_covers(ARRAY[region_code])
    AND ((lane_role() = 'program_manager' AND agency_code = lane_agency())
         OR (lane_role() = 'payment_partner' AND partner_code = lane_agency())));

-- A receipt's number is the sequence's, and no other's.
ALTER TABLE receipts ALTER COLUMN number SET GENERATED ALWAYS;
CREATE UNIQUE INDEX receipts_by_number ON receipts (number);

-- Whether the person behind the lane made this payment, or prepared the list that it is of. What others said of it afterwards
-- is no making of it: an approver whose word was taken is told so, and not that somebody else must say it.
CREATE OR REPLACE FUNCTION lane_person_prepared(household uuid, payment uuid, year smallint, batch uuid) RETURNS boolean
LANGUAGE sql STABLE
RETURN CASE WHEN batch IS NULL
    THEN lane_person_acted_as(ARRAY(
        SELECT s.actor FROM disbursement_steps s
        WHERE s.household_id = household AND s.disbursement_id = payment AND s.fiscal_year = year
          AND s.to_state IN ('planned', 'paid')))
    ELSE EXISTS (SELECT 1 FROM batches b WHERE b.batch_id = batch AND lane_person() = ANY (b.prepared_by)) END;
