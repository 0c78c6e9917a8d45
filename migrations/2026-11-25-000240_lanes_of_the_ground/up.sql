-- Jobs, approvals, events, stored answers, counted misses.

-- A job keeps the lane of who asked. Its agency sees it; whoever has the role it was asked in may ask for it or stop
-- it; the service runs it.
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY jobs_seen ON jobs FOR SELECT USING ((SELECT lane_role()) = 'service' OR agency_code = (SELECT lane_agency()));
CREATE POLICY jobs_asked ON jobs FOR INSERT WITH CHECK (agency_code = (SELECT lane_agency()) AND lane ->> 'role' = (SELECT lane_role()));
CREATE POLICY jobs_moved ON jobs FOR UPDATE USING ((SELECT lane_role()) = 'service' OR (agency_code = (SELECT lane_agency()) AND lane ->> 'role' = (SELECT lane_role())));

-- Approvals are asked for, decided and audited; a decision goes with its task.
ALTER TABLE approval_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY approval_tasks_seen ON approval_tasks FOR SELECT USING ((SELECT lane_role()) = 'auditor' OR agency_code = (SELECT lane_agency()));
CREATE POLICY approval_tasks_asked ON approval_tasks FOR INSERT WITH CHECK (agency_code = (SELECT lane_agency()));
CREATE POLICY approval_tasks_closed ON approval_tasks FOR UPDATE USING (agency_code = (SELECT lane_agency()));

ALTER TABLE approval_decisions ENABLE ROW LEVEL SECURITY;
CREATE POLICY approval_decisions_seen ON approval_decisions FOR SELECT USING (EXISTS (SELECT 1 FROM approval_tasks t WHERE t.task_id = approval_decisions.task_id));
CREATE POLICY approval_decisions_taken ON approval_decisions FOR INSERT WITH CHECK (EXISTS (SELECT 1 FROM approval_tasks t WHERE t.task_id = approval_decisions.task_id
        AND t.agency_code = (SELECT lane_agency()) AND t.needs_role = (SELECT lane_role())));

-- An event is told by whoever brings it about: of the own agency, of the registry, and of another agency by those who
-- work on others' behalf. The service numbers and reads them.
ALTER TABLE outbox_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY outbox_events_seen ON outbox_events FOR SELECT USING ((SELECT lane_role()) IN ('service', 'auditor'));
CREATE POLICY outbox_events_told ON outbox_events FOR INSERT WITH CHECK (agency_code IS NULL OR agency_code = (SELECT lane_agency())
    OR (SELECT lane_role()) IN ('system_admin', 'registry_steward', 'coordinator', 'service'));
CREATE POLICY outbox_events_numbered ON outbox_events FOR UPDATE USING ((SELECT lane_role()) = 'service');

-- Stored answers and counted misses are one caller's own. The service clears answers whose time is over.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_seen ON idempotency_keys FOR SELECT USING (client = (SELECT lane_subject()));
CREATE POLICY idempotency_keys_stored ON idempotency_keys FOR INSERT WITH CHECK (client = (SELECT lane_subject()));
CREATE POLICY idempotency_keys_found_old ON idempotency_keys FOR SELECT USING ((SELECT lane_role()) = 'service');
CREATE POLICY idempotency_keys_cleared ON idempotency_keys FOR DELETE USING ((SELECT lane_role()) = 'service');

ALTER TABLE lookup_misses ENABLE ROW LEVEL SECURITY;
CREATE POLICY lookup_misses_seen ON lookup_misses FOR SELECT USING (subject = (SELECT lane_subject()) OR (SELECT lane_role()) = 'auditor');
CREATE POLICY lookup_misses_counted ON lookup_misses FOR INSERT WITH CHECK (subject = (SELECT lane_subject()));
CREATE POLICY lookup_misses_added ON lookup_misses FOR UPDATE USING (subject = (SELECT lane_subject()));

-- The audit log stays as it is: whoever has a lane adds to it, only the auditor reads it. A trace's role and agency are not
-- held against the lane, since a flight that answers several lanes may write all of their traces at once.
