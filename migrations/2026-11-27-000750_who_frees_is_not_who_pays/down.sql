ALTER POLICY pay_points_changed ON pay_points USING (
    lane_role() = 'program_manager' OR (lane_role() = 'payment_partner' AND partner_code = lane_agency()));
ALTER POLICY pay_points_made ON pay_points WITH CHECK (
    lane_role() = 'program_manager' OR (lane_role() = 'payment_partner' AND partner_code = lane_agency()));
DROP TRIGGER pay_point_stays ON pay_points;
DROP FUNCTION check_pay_point_change();
ALTER TABLE pay_points DROP CONSTRAINT pay_points_name_key;
ALTER TABLE pay_points ADD CONSTRAINT pay_points_name_key UNIQUE (partner_code, name);
ALTER TABLE pay_points DROP COLUMN agency_code;

CREATE OR REPLACE FUNCTION check_payout_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := '{check_state,check_reason,checked_by,checked_at,open,close_reason,closed_by,closed_at,version}';
BEGIN
    -- One that is closed stays as it was.
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving OR NOT OLD.open THEN
        RAISE EXCEPTION 'an account is checked and closed, and never becomes another'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_account_stays';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION fail_accounts_of_batch(batch uuid, payments uuid[], who text, why text)
RETURNS TABLE (account_id uuid, individual_id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    UPDATE payout_accounts a
    SET check_state = 'invalid', check_reason = why, checked_by = who, checked_at = now(), version = a.version + 1
    FROM batches b
    JOIN disbursements d ON d.batch_id = b.batch_id AND d.fiscal_year = b.fiscal_year
    JOIN batch_lines l ON l.household_id = d.household_id AND l.batch_id = b.batch_id AND l.revision = b.revision
        AND l.enrolment_id = d.enrolment_id AND l.fiscal_year = b.fiscal_year
    WHERE b.batch_id = batch AND b.state = 'handed_over' AND d.disbursement_id = ANY (payments)
      AND ((lane_role() = 'payment_partner' AND b.partner_code = lane_agency())
           OR (lane_role() = 'program_manager' AND b.agency_code = lane_agency()))
      AND a.individual_id = l.payee_id AND a.account_id = l.account_id AND a.open
    RETURNING a.account_id, a.individual_id;
END;

DROP INDEX approval_tasks_by_subject;
CREATE OR REPLACE FUNCTION check_batch_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{state,version,revision,release_id,lines,left_out,amount_idr,prepared_by,approved_at,handed_over_at,closed_at}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{state,version,revision,release_id,lines,left_out,amount_idr,prepared_by,approved_at,handed_over_at,closed_at}'::text[])
       -- Its list is made anew as a draft; what of it became payments is told when it is approved.
       OR ((OLD.revision, OLD.release_id, OLD.prepared_by) IS DISTINCT FROM (NEW.revision, NEW.release_id, NEW.prepared_by)
           AND OLD.state <> 'draft')
       OR ((OLD.lines, OLD.left_out, OLD.amount_idr) IS DISTINCT FROM (NEW.lines, NEW.left_out, NEW.amount_idr)
           AND OLD.state <> 'draft' AND NEW.state <> 'approved') THEN
        RAISE EXCEPTION 'a batch is frozen'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_frozen';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'draft>submitted', 'draft>cancelled', 'submitted>draft', 'submitted>approved', 'approved>handed_over', 'handed_over>closed') THEN
        RAISE EXCEPTION 'a batch does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_step';
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER return_by_another_person ON disbursements;
DROP FUNCTION refuse_own_return(), lane_person_prepared(uuid, uuid, smallint, uuid);
ALTER TABLE batches ALTER COLUMN prepared_by DROP NOT NULL, ALTER COLUMN prepared_by DROP DEFAULT;
ALTER TABLE batches ALTER COLUMN prepared_by TYPE uuid USING prepared_by[1];

ALTER POLICY disbursements_made ON disbursements
    WITH CHECK (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
DROP POLICY disbursements_moved ON disbursements;
CREATE POLICY disbursements_moved ON disbursements FOR UPDATE USING (
    village_code LIKE ANY ((SELECT lane_areas())::text[])
    AND ((lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency())
         OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over'))));
DROP FUNCTION lane_person_acted_as(text[]);
