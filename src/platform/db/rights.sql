-- What the application role may do: read and write rows, never tables; append where history is kept.
-- Row-level security narrows it further. Set anew by every `sejahtera migrate`.
GRANT USAGE ON SCHEMA public TO APPLICATION_ROLE;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM APPLICATION_ROLE;
-- Our own functions. Those of the extensions belong to the superuser and are everybody's already.
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner = current_user::regrole
    LOOP
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO APPLICATION_ROLE', routine);
    END LOOP;
END
$$;
GRANT SELECT ON __diesel_schema_migrations TO APPLICATION_ROLE;

-- Kept as it was written.
GRANT SELECT, INSERT ON
    audit_entries, approval_decisions, program_rules, enrolment_steps, disbursement_steps,
    release_activations, household_snapshots, individual_snapshots, household_successions,
    households, individuals, household_identities, individual_identities, nik_directory, kk_moves,
    code_book_entries, program_exemptions, idempotency_keys, funds, budgets, budget_entries, program_budgets,
    ledger_transfers, batch_lines, batch_findings, receipts
    TO APPLICATION_ROLE;

-- Accounts are opened; what they hold follows from the transfers, as the owner.
GRANT SELECT, INSERT ON ledger_accounts TO APPLICATION_ROLE;
GRANT SELECT ON ledger_paths, batch_layouts TO APPLICATION_ROLE;

-- Moves on, is never taken away.
GRANT SELECT, INSERT, UPDATE ON
    agencies, users, clients, regions, releases, release_files, jobs, approval_tasks, programs, program_periods,
    program_places, enrolments, disbursements, payout_accounts, pay_points, batches, outbox_events, lookup_misses, active_release, kk_directory
    TO APPLICATION_ROLE;

-- Comes and goes: a claim is freed; what an unfinished import left is cleared before it runs again.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    enrolment_claims, payment_claims, program_exclusions, release_findings, set_aside_lines, login_failures
    TO APPLICATION_ROLE;
GRANT DELETE ON idempotency_keys, code_book_entries TO APPLICATION_ROLE;
