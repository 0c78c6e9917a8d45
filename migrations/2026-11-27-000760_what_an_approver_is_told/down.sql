CREATE OR REPLACE FUNCTION account_sums_at(account uuid, moment timestamptz) RETURNS TABLE (debits_idr bigint, credits_idr bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT coalesce(sum(t.amount_idr) FILTER (WHERE t.debit_account_id = account), 0)::bigint,
           coalesce(sum(t.amount_idr) FILTER (WHERE t.credit_account_id = account), 0)::bigint
    FROM ledger_transfers t
    WHERE (t.debit_account_id = account OR t.credit_account_id = account) AND t.transferred_at <= moment
      AND EXISTS (SELECT 1 FROM ledger_accounts a WHERE a.account_id = account AND lane_reads_books(a.agency_code));
END;

ALTER POLICY approval_tasks_seen ON approval_tasks USING ((SELECT lane_role()) = 'auditor' OR agency_code = (SELECT lane_agency()));
ALTER TABLE approval_tasks DROP COLUMN village_code;

CREATE OR REPLACE FUNCTION payees_of_batch(batch uuid) RETURNS TABLE (
    line_no integer, disbursement_id uuid, household_id uuid, payee_id uuid, payee_name text, sealed_nik bytea,
    village_code text, address text, amount_idr bigint, sealed_account bytea, holder_name text, pay_point text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT l.line_no, d.disbursement_id, l.household_id, l.payee_id, m.name, i.sealed_nik, l.village_code, h.address, d.amount_idr,
           a.sealed_number, a.holder_name, p.name
    FROM batches b
    JOIN batch_lines l ON l.batch_id = b.batch_id AND l.revision = b.revision AND l.fiscal_year = b.fiscal_year
    JOIN disbursements d ON d.household_id = l.household_id AND d.batch_id = b.batch_id AND d.enrolment_id = l.enrolment_id
        AND d.fiscal_year = b.fiscal_year
    LEFT JOIN individual_snapshots m ON m.household_id = l.household_id AND m.individual_id = l.payee_id
        AND m.release_id = b.release_id
    LEFT JOIN household_snapshots h ON h.household_id = l.household_id AND h.release_id = b.release_id
    LEFT JOIN individual_identities i ON i.individual_id = l.payee_id
    LEFT JOIN payout_accounts a ON a.individual_id = l.payee_id AND a.account_id = l.account_id
    LEFT JOIN pay_points p ON p.pay_point_id = l.pay_point_id
    WHERE b.batch_id = batch AND b.state IN ('handed_over', 'closed')
      AND lane_role() = 'payment_partner' AND b.partner_code = lane_agency()
      AND l.village_code LIKE ANY (lane_areas())
    ORDER BY l.line_no;
END;
DROP FUNCTION accounts_of_list(uuid);
DROP FUNCTION ended_accounts_of_list(uuid);

CREATE OR REPLACE FUNCTION heirs_of(households uuid[]) RETURNS TABLE (household_id uuid, heir_id uuid)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE line AS (
        SELECT s.household_id, s.successor_id FROM successions_in_force s WHERE s.household_id = ANY (households)
        UNION
        SELECT line.household_id, s.successor_id
        FROM line JOIN successions_in_force s ON s.household_id = line.successor_id
    )
    SELECT line.household_id, line.successor_id
    FROM line
    WHERE lane_sees_households()
      AND EXISTS (SELECT 1 FROM household_snapshots h
                  WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = line.successor_id)
      AND NOT EXISTS (SELECT 1 FROM household_snapshots h
                      WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = line.household_id);
END
$$;

CREATE OR REPLACE FUNCTION with_those_taken_in(households uuid[]) RETURNS TABLE (household_id uuid, taken_in_id uuid)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE line AS (
        SELECT s.successor_id AS household_id, s.household_id AS taken_in_id
        FROM successions_in_force s WHERE s.successor_id = ANY (households)
        UNION
        SELECT line.household_id, s.household_id
        FROM line JOIN successions_in_force s ON s.successor_id = line.taken_in_id
    )
    SELECT h, h FROM unnest(households) h WHERE lane_sees_households()
    UNION
    SELECT line.household_id, line.taken_in_id
    FROM line
    WHERE lane_sees_households()
      AND NOT EXISTS (SELECT 1 FROM household_snapshots h
                      WHERE h.release_id = (SELECT a.release_id FROM active_release a) AND h.household_id = line.taken_in_id);
END
$$;

CREATE OR REPLACE FUNCTION kin_of(households uuid[]) RETURNS TABLE (household_id uuid, kin_id uuid)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH living AS MATERIALIZED (
        SELECT h AS household_id, h AS living_id FROM unnest(households) h
        UNION
        SELECT heirs.household_id, heirs.heir_id FROM heirs_of(households) heirs
    )
    SELECT living.household_id, k.taken_in_id
    FROM living JOIN with_those_taken_in(ARRAY(SELECT living_id FROM living)) k ON k.household_id = living.living_id
    UNION
    SELECT living.household_id, living.living_id FROM living WHERE lane_sees_households();
END
$$;

DROP FUNCTION lane_follows_families();
