-- Three policies: any one of the role, every person who was named, so many of the role.
ALTER TABLE approval_tasks ADD COLUMN named uuid[] NOT NULL DEFAULT '{}';
ALTER TABLE approval_tasks ADD CONSTRAINT approval_policy CHECK (CASE policy
    WHEN 'any' THEN needed = 1 AND named = '{}'
    WHEN 'all' THEN needed = cardinality(named) AND requested_by <> ALL (named) AND NOT named && excluded
    ELSE named = '{}' END);

-- The natural person behind the login that asks; none behind a system.
CREATE FUNCTION lane_person() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT u.person_id FROM users u WHERE 'user:' || u.username = lane_subject());

-- A decision is taken by a person, in their own name, while the task is open, and by nobody who was not named where some
-- were. Also true if a handler forgets to ask.
CREATE FUNCTION refuse_foreign_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    task approval_tasks;
BEGIN
    IF NEW.person_id IS DISTINCT FROM lane_person() THEN
        RAISE EXCEPTION 'a decision is taken by a person, in their own name'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_by_a_person';
    END IF;
    SELECT * INTO task FROM approval_tasks t WHERE t.task_id = NEW.task_id;
    IF task.state <> 'open' THEN
        RAISE EXCEPTION 'the task is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_open';
    END IF;
    IF task.policy = 'all' AND NEW.person_id <> ALL (task.named) THEN
        RAISE EXCEPTION 'the person was not named'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_by_who_was_named';
    END IF;
    RETURN NEW;
END
$$;
-- After approval_by_another_person, by the order of names: who asked is told that.
CREATE TRIGGER approval_taken_by_who_may BEFORE INSERT ON approval_decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_foreign_decision();

-- A task ends once, and as its decisions say; only who asked takes it back. Nothing else of it changes.
CREATE FUNCTION check_approval_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed  bigint;
    refused bigint;
BEGIN
    SELECT count(*) FILTER (WHERE d.approve), count(*) FILTER (WHERE NOT d.approve) INTO agreed, refused
    FROM approval_decisions d WHERE d.task_id = NEW.task_id;
    IF OLD.state <> 'open'
        OR to_jsonb(NEW) - 'state' - 'closed_at' <> to_jsonb(OLD) - 'state' - 'closed_at'
        OR NOT (CASE NEW.state
            WHEN 'approved' THEN agreed >= NEW.needed AND refused = 0
            WHEN 'rejected' THEN refused > 0
            WHEN 'withdrawn' THEN NEW.requested_by IS NOT DISTINCT FROM lane_person()
            ELSE false END)
    THEN
        RAISE EXCEPTION 'a task ends once, and as its decisions say'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_ends_as_decided';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approval_ends_as_decided BEFORE UPDATE ON approval_tasks
    FOR EACH ROW EXECUTE FUNCTION check_approval_end();

-- Who asked, who decided and who may decide look back on it.
CREATE INDEX approval_tasks_by_agency ON approval_tasks (agency_code, task_id);
