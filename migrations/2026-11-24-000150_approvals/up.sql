-- Four eyes (dua orang): who asked, who must agree, who decided, when and why. Persons are compared, not
-- logins: the same person under two logins is one.
CREATE TABLE approval_tasks (
    task_id       uuid        PRIMARY KEY,
    kind          text        NOT NULL,          -- 'release.activation'
    subject_id    uuid        NOT NULL,
    agency_code   text        NOT NULL,
    needs_role    text        NOT NULL,
    policy        text        NOT NULL CHECK (policy IN ('any', 'all', 'n_of')),
    needed        smallint    NOT NULL DEFAULT 1 CHECK (needed >= 1),
    payload       jsonb       NOT NULL DEFAULT '{}',
    state         text        NOT NULL DEFAULT 'open'
                  CHECK (state IN ('open', 'approved', 'rejected', 'withdrawn')),
    requested_by  uuid        NOT NULL,          -- person
    excluded      uuid[]      NOT NULL DEFAULT '{}', -- further persons who may not decide (who prepared it)
    requested_at  timestamptz NOT NULL DEFAULT now(),
    reason        text,
    closed_at     timestamptz
);
CREATE UNIQUE INDEX one_open_approval ON approval_tasks (kind, subject_id) WHERE state = 'open';

CREATE TABLE approval_decisions (
    task_id    uuid        NOT NULL REFERENCES approval_tasks,
    person_id  uuid        NOT NULL,
    approve    boolean     NOT NULL,
    reason     text,
    decided_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, person_id)
);

-- Nobody decides on what they asked for or prepared: also true if a handler forgets to ask.
CREATE FUNCTION refuse_own_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM approval_tasks t
               WHERE t.task_id = NEW.task_id AND (t.requested_by = NEW.person_id OR NEW.person_id = ANY (t.excluded))) THEN
        RAISE EXCEPTION 'a person does not decide on their own request'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_by_another_person';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approval_by_another_person BEFORE INSERT ON approval_decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_own_approval();
CREATE TRIGGER approval_decisions_append_only BEFORE UPDATE OR DELETE ON approval_decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
