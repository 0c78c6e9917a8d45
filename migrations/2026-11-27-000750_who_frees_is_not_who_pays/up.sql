-- A period that was paid is freed for another payment by those who do not make payments: the partner that reports on a batch,
-- or an approver, who is another person than whoever had a hand in it. And whoever prepares a list can't say alone where its
-- money goes.

-- Whether the natural person behind the lane is the one behind one of these logins. Gives away nothing of anybody else.
CREATE FUNCTION lane_person_acted_as(actors text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (SELECT 1 FROM users u WHERE 'user:' || u.username = ANY (actors) AND u.person_id = lane_person());

-- A manager makes and moves payments that stand by themselves, and frees none that was paid.
ALTER POLICY disbursements_made ON disbursements WITH CHECK (
    agency_code = lane_agency()
    AND ((lane_role() = 'program_manager' AND batch_id IS NULL) OR (lane_role() = 'approver' AND batch_id IS NOT NULL)));
ALTER POLICY disbursements_moved ON disbursements
    USING (village_code LIKE ANY ((SELECT lane_areas())::text[])
        AND ((lane_role() = 'program_manager' AND agency_code = lane_agency() AND batch_id IS NULL)
             OR (lane_role() = 'approver' AND agency_code = lane_agency())
             OR (lane_role() = 'payment_partner' AND batch_id IN (SELECT b.batch_id FROM batches b WHERE b.state = 'handed_over'))))
    WITH CHECK (lane_role() <> 'program_manager' OR state IN ('paid', 'failed'));

-- Everybody who froze, submitted or handed over a list had a hand in it, whoever came last.
ALTER TABLE batches ALTER COLUMN prepared_by TYPE uuid[]
    USING CASE WHEN prepared_by IS NULL THEN '{}' ELSE ARRAY[prepared_by] END;
ALTER TABLE batches ALTER COLUMN prepared_by SET DEFAULT '{}', ALTER COLUMN prepared_by SET NOT NULL;

-- Whether the person behind the lane made this payment, or prepared the list that it is of.
CREATE FUNCTION lane_person_prepared(household uuid, payment uuid, year smallint, batch uuid) RETURNS boolean
LANGUAGE sql STABLE
RETURN CASE WHEN batch IS NULL
    THEN lane_person_acted_as(ARRAY(
        SELECT s.actor FROM disbursement_steps s
        WHERE s.household_id = household AND s.disbursement_id = payment AND s.fiscal_year = year))
    ELSE EXISTS (SELECT 1 FROM batches b WHERE b.batch_id = batch AND lane_person() = ANY (b.prepared_by)) END;

CREATE FUNCTION refuse_own_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF lane_role() = 'approver'
        AND lane_person_prepared(NEW.household_id, NEW.disbursement_id, NEW.fiscal_year, NEW.batch_id) THEN
        RAISE EXCEPTION 'a payment comes back by the word of somebody who did not make it'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'return_by_another_person';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER return_by_another_person BEFORE UPDATE ON disbursements
    FOR EACH ROW WHEN (OLD.state = 'paid' AND NEW.state = 'returned') EXECUTE FUNCTION refuse_own_return();

CREATE OR REPLACE FUNCTION check_batch_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved batches := OLD;
BEGIN
    moved.state := NEW.state;
    moved.version := NEW.version;
    moved.prepared_by := NEW.prepared_by;
    moved.approved_at := NEW.approved_at;
    moved.handed_over_at := NEW.handed_over_at;
    moved.closed_at := NEW.closed_at;
    -- Its list is made anew as a draft; what of it became payments is told when it is approved.
    IF OLD.state = 'draft' THEN
        moved.revision := NEW.revision;
        moved.release_id := NEW.release_id;
    END IF;
    IF OLD.state = 'draft' OR NEW.state = 'approved' THEN
        moved.lines := NEW.lines;
        moved.left_out := NEW.left_out;
        moved.amount_idr := NEW.amount_idr;
    END IF;
    IF NEW IS DISTINCT FROM moved OR NOT NEW.prepared_by @> OLD.prepared_by THEN
        RAISE EXCEPTION 'a batch is frozen'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_frozen';
    END IF;
    IF OLD.state <> NEW.state AND (
        (OLD.state || '>' || NEW.state) NOT IN (
            'draft>submitted', 'draft>cancelled', 'submitted>draft', 'submitted>approved', 'approved>handed_over', 'handed_over>closed')
        -- Approved is what approvers agreed to; it is no draft again, so that one agreement is of this list.
        OR (NEW.state = 'approved' AND NOT EXISTS (
            SELECT 1 FROM approval_tasks t
            WHERE t.kind = 'batch.approval' AND t.subject_id = NEW.batch_id AND t.state = 'approved'))) THEN
        RAISE EXCEPTION 'a batch does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_step';
    END IF;
    RETURN NEW;
END
$$;
CREATE INDEX approval_tasks_by_subject ON approval_tasks (subject_id, kind);

-- A report that a person of the agency sends for its partner is an approver's.
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
           OR (lane_role() = 'approver' AND b.agency_code = lane_agency()))
      AND a.individual_id = l.payee_id AND a.account_id = l.account_id AND a.open
    RETURNING a.account_id, a.individual_id;
END;

-- Who recorded an account does not also say that it is the right one.
CREATE OR REPLACE FUNCTION check_payout_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved payout_accounts := OLD;
BEGIN
    moved.check_state := NEW.check_state;
    moved.check_reason := NEW.check_reason;
    moved.checked_by := NEW.checked_by;
    moved.checked_at := NEW.checked_at;
    moved.open := NEW.open;
    moved.close_reason := NEW.close_reason;
    moved.closed_by := NEW.closed_by;
    moved.closed_at := NEW.closed_at;
    moved.version := NEW.version;
    -- One that is closed stays as it was.
    IF NEW IS DISTINCT FROM moved OR NOT OLD.open THEN
        RAISE EXCEPTION 'an account is checked and closed, and never becomes another'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_account_stays';
    END IF;
    IF NEW.check_state = 'valid' AND OLD.check_state <> 'valid' AND lane_person_acted_as(ARRAY[OLD.recorded_by]) THEN
        RAISE EXCEPTION 'an account is found right by another person than who recorded it'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_checked_by_another_person';
    END IF;
    RETURN NEW;
END
$$;

-- A pay point is its recorder's or its partner's to close; its name stays, since lists name it.
ALTER TABLE pay_points ADD COLUMN agency_code text REFERENCES agencies;
UPDATE pay_points SET agency_code = partner_code;
ALTER TABLE pay_points ALTER COLUMN agency_code SET NOT NULL;
ALTER TABLE pay_points DROP CONSTRAINT pay_points_name_key;
ALTER TABLE pay_points ADD CONSTRAINT pay_points_name_key UNIQUE (partner_code, name, agency_code);

CREATE FUNCTION check_pay_point_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved pay_points := OLD;
BEGIN
    moved.address := NEW.address;
    moved.open := NEW.open;
    moved.version := NEW.version;
    IF NEW IS DISTINCT FROM moved THEN
        RAISE EXCEPTION 'a pay point is opened and closed, and never becomes another'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'pay_point_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_point_stays BEFORE UPDATE ON pay_points FOR EACH ROW EXECUTE FUNCTION check_pay_point_change();

ALTER POLICY pay_points_made ON pay_points WITH CHECK (
    agency_code = lane_agency()
    AND (lane_role() = 'program_manager' OR (lane_role() = 'payment_partner' AND partner_code = lane_agency())));
ALTER POLICY pay_points_changed ON pay_points USING (
    (lane_role() = 'program_manager' AND agency_code = lane_agency())
    OR (lane_role() = 'payment_partner' AND partner_code = lane_agency()));
