DROP TABLE approval_decisions, approval_tasks;
DROP FUNCTION refuse_own_approval();
