DROP INDEX approval_tasks_by_agency;
DROP TRIGGER approval_ends_as_decided ON approval_tasks;
DROP TRIGGER approval_taken_by_who_may ON approval_decisions;
DROP FUNCTION check_approval_end(), refuse_foreign_decision(), lane_person();
ALTER TABLE approval_tasks DROP COLUMN named;
