-- A row as wide as a payment, by its key.
INSERT INTO bench.payments (household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id, agency_code,
    village_code, amount_idr, state, release_id, decile, checked_release_id, checked_decile, paid_on, created_by, budget_id)
VALUES (gen_random_uuid(), gen_random_uuid(), 2026, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'dinsos',
    '35.26.01.2001', 300000, 'paid', gen_random_uuid(), 2, gen_random_uuid(), 2, '2026-03-01', 'bench.dinsos',
    gen_random_uuid());
