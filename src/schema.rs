//! The tables as Diesel sees them, in step with `migrations/`. Partitions do not stand here: they are
//! reached through their parents.

#![allow(missing_docs)] // each table and column is described where it is made, in its migration

diesel::table! {
    active_release (only_one) {
        only_one -> Bool,
        release_id -> Uuid,
    }
}

diesel::table! {
    agencies (code) {
        code -> Text,
        name -> Text,
        kind -> Text,
        parent_code -> Nullable<Text>,
        contact -> Jsonb,
        created_at -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    approval_decisions (task_id, person_id) {
        task_id -> Uuid,
        person_id -> Uuid,
        approve -> Bool,
        reason -> Nullable<Text>,
        decided_at -> Timestamptz,
    }
}

diesel::table! {
    approval_tasks (task_id) {
        task_id -> Uuid,
        kind -> Text,
        subject_id -> Uuid,
        agency_code -> Text,
        needs_role -> Text,
        policy -> Text,
        needed -> SmallInt,
        payload -> Jsonb,
        state -> Text,
        requested_by -> Uuid,
        excluded -> Array<Uuid>,
        requested_at -> Timestamptz,
        reason -> Nullable<Text>,
        closed_at -> Nullable<Timestamptz>,
        named -> Array<Uuid>,
        village_code -> Nullable<Text>,
    }
}

diesel::table! {
    audit_entries (occurred_at, entry_id) {
        occurred_at -> Timestamptz,
        entry_id -> Uuid,
        role -> Text,
        agency_code -> Text,
        action -> Text,
        purpose -> Nullable<Text>,
        subject_ids -> Array<Text>,
        actor_ids -> Array<Text>,
        peers -> Array<Text>,
        request_ids -> Array<Uuid>,
        household_ids -> Array<Uuid>,
        individual_ids -> Array<Uuid>,
        details -> Nullable<Jsonb>,
    }
}

diesel::table! {
    clients (client_id) {
        client_id -> Text,
        secret_hash -> Text,
        name -> Text,
        role -> Text,
        agency_code -> Text,
        areas -> Array<Text>,
        active -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    code_book_entries (release_id, column_name, code) {
        release_id -> Uuid,
        #[sql_name = "column"]
        column_name -> Text,
        code -> SmallInt,
        description -> Text,
    }
}

diesel::table! {
    disbursement_steps (household_id, disbursement_id, fiscal_year, step_no) {
        household_id -> Uuid,
        disbursement_id -> Uuid,
        fiscal_year -> SmallInt,
        step_no -> Integer,
        from_state -> Nullable<Text>,
        to_state -> Text,
        reason -> Nullable<Text>,
        actor -> Text,
        agency_code -> Text,
        stepped_at -> Timestamptz,
    }
}

diesel::table! {
    disbursements (household_id, disbursement_id, fiscal_year) {
        household_id -> Uuid,
        disbursement_id -> Uuid,
        fiscal_year -> SmallInt,
        enrolment_id -> Uuid,
        program_id -> Uuid,
        period_id -> Uuid,
        agency_code -> Text,
        village_code -> Text,
        amount_idr -> BigInt,
        state -> Text,
        release_id -> Uuid,
        decile -> Nullable<SmallInt>,
        exemption_id -> Nullable<Uuid>,
        checked_release_id -> Uuid,
        checked_decile -> Nullable<SmallInt>,
        paid_on -> Nullable<Date>,
        proof_reference -> Nullable<Text>,
        external_reference -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamptz,
        version -> Integer,
        budget_id -> Nullable<Uuid>,
        batch_id -> Nullable<Uuid>,
        items -> Nullable<Jsonb>,
    }
}

diesel::table! {
    enrolment_claims (beneficiary_id, program_id) {
        beneficiary_id -> Uuid,
        program_id -> Uuid,
        household_id -> Uuid,
        enrolment_id -> Uuid,
        agency_code -> Text,
        program_code -> Text,
    }
}

diesel::table! {
    enrolment_steps (household_id, enrolment_id, step_no) {
        household_id -> Uuid,
        enrolment_id -> Uuid,
        step_no -> Integer,
        from_state -> Nullable<Text>,
        to_state -> Text,
        reason -> Text,
        effective_on -> Date,
        actor -> Text,
        agency_code -> Text,
        stepped_at -> Timestamptz,
    }
}

diesel::table! {
    enrolments (household_id, enrolment_id) {
        household_id -> Uuid,
        enrolment_id -> Uuid,
        program_id -> Uuid,
        agency_code -> Text,
        beneficiary_id -> Uuid,
        individual_id -> Nullable<Uuid>,
        village_code -> Text,
        state -> Text,
        release_id -> Uuid,
        decile -> Nullable<SmallInt>,
        exemption_id -> Nullable<Uuid>,
        rule_version -> Integer,
        explanation -> Jsonb,
        override_reason -> Nullable<Text>,
        override_allowed_by -> Nullable<Text>,
        override_for -> Nullable<Array<Text>>,
        external_reference -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    household_identities (household_id, sealed_kk) {
        household_id -> Uuid,
        sealed_kk -> Binary,
        seen_in -> Uuid,
    }
}

diesel::table! {
    household_snapshots (household_id, release_id) {
        household_id -> Uuid,
        release_id -> Uuid,
        village_code -> Text,
        address -> Text,
        head_name -> Text,
        kk_tail -> Nullable<Text>,
        declared_member_count -> Nullable<SmallInt>,
        member_count -> SmallInt,
        decile -> Nullable<SmallInt>,
        decile_province -> Nullable<SmallInt>,
        decile_regency -> Nullable<SmallInt>,
        pbi_national -> Nullable<Bool>,
        pbi_regional -> Nullable<Bool>,
        pln_customer -> Nullable<Text>,
        house_ownership -> Nullable<SmallInt>,
        floor -> Nullable<SmallInt>,
        floor_area_m2 -> Nullable<Integer>,
        wall -> Nullable<SmallInt>,
        roof -> Nullable<SmallInt>,
        water_source -> Nullable<SmallInt>,
        lighting -> Nullable<SmallInt>,
        installed_power -> Nullable<SmallInt>,
        cooking_fuel -> Nullable<SmallInt>,
        toilet -> Nullable<SmallInt>,
        toilet_type -> Nullable<SmallInt>,
        sewage -> Nullable<SmallInt>,
        owns_assets -> Nullable<Bool>,
        gas_cylinder -> Nullable<Bool>,
        refrigerator -> Nullable<Bool>,
        air_conditioner -> Nullable<Bool>,
        water_heater -> Nullable<Bool>,
        landline -> Nullable<Bool>,
        flat_tv -> Nullable<Bool>,
        gold_jewellery -> Nullable<Bool>,
        computer -> Nullable<Bool>,
        motorcycle -> Nullable<Bool>,
        bicycle -> Nullable<Bool>,
        car -> Nullable<Bool>,
        boat -> Nullable<Bool>,
        motor_boat -> Nullable<Bool>,
        smartphone -> Nullable<Bool>,
        other_land -> Nullable<Bool>,
        other_house -> Nullable<Bool>,
        cattle -> Nullable<Integer>,
        buffaloes -> Nullable<Integer>,
        horses -> Nullable<Integer>,
        pigs -> Nullable<Integer>,
        goats_sheep -> Nullable<Integer>,
        extra -> Nullable<Jsonb>,
    }
}

diesel::table! {
    household_successions (household_id, release_id, successor_id) {
        household_id -> Uuid,
        release_id -> Uuid,
        successor_id -> Uuid,
        kind -> Text,
    }
}

diesel::table! {
    households (household_id) {
        household_id -> Uuid,
        first_release -> Uuid,
    }
}

diesel::table! {
    idempotency_keys (client, route, key) {
        client -> Text,
        route -> Text,
        key -> Text,
        body_digest -> Binary,
        status -> SmallInt,
        answer -> Binary,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    individual_identities (individual_id) {
        individual_id -> Uuid,
        sealed_nik -> Binary,
    }
}

diesel::table! {
    individual_snapshots (household_id, individual_id, release_id) {
        household_id -> Uuid,
        individual_id -> Uuid,
        release_id -> Uuid,
        village_code -> Text,
        position -> SmallInt,
        name -> Text,
        nik_tail -> Nullable<Text>,
        birth_date -> Nullable<Date>,
        sex -> Nullable<SmallInt>,
        relation -> Nullable<SmallInt>,
        marital_status -> Nullable<SmallInt>,
        pbi_national -> Nullable<Bool>,
        pbi_regional -> Nullable<Bool>,
        deceased -> Bool,
        schooling -> Nullable<SmallInt>,
        highest_level -> Nullable<SmallInt>,
        highest_grade -> Nullable<SmallInt>,
        certificate -> Nullable<SmallInt>,
        works -> Nullable<SmallInt>,
        work_sector -> Nullable<SmallInt>,
        work_status -> Nullable<SmallInt>,
        owns_business -> Nullable<SmallInt>,
        business_count -> Nullable<Integer>,
        business_sector -> Nullable<SmallInt>,
        paid_workers -> Nullable<Integer>,
        unpaid_workers -> Nullable<Integer>,
        business_turnover -> Nullable<SmallInt>,
        nutrition -> Nullable<SmallInt>,
        seeing -> Nullable<SmallInt>,
        hearing -> Nullable<SmallInt>,
        walking -> Nullable<SmallInt>,
        using_hands -> Nullable<SmallInt>,
        learning -> Nullable<SmallInt>,
        behaviour -> Nullable<SmallInt>,
        speaking -> Nullable<SmallInt>,
        self_care -> Nullable<SmallInt>,
        remembering -> Nullable<SmallInt>,
        sadness -> Nullable<SmallInt>,
        chronic_illness -> Nullable<SmallInt>,
        card_village_code -> Nullable<Text>,
        card_hamlet -> Nullable<Text>,
        card_rt -> Nullable<Text>,
        card_rw -> Nullable<Text>,
        card_address -> Nullable<Text>,
        card_occupation -> Nullable<Text>,
        card_education -> Nullable<Text>,
        extra -> Nullable<Jsonb>,
    }
}

diesel::table! {
    individuals (individual_id) {
        individual_id -> Uuid,
        first_release -> Uuid,
    }
}

diesel::table! {
    jobs (job_id) {
        job_id -> Uuid,
        kind -> Text,
        subject_id -> Uuid,
        agency_code -> Text,
        lane -> Jsonb,
        payload -> Jsonb,
        state -> Text,
        run_after -> Timestamptz,
        attempts -> SmallInt,
        leased_until -> Nullable<Timestamptz>,
        cancel_asked -> Bool,
        done -> BigInt,
        total -> Nullable<BigInt>,
        result -> Nullable<Jsonb>,
        problem -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    kk_directory (digest_key, digest) {
        digest_key -> SmallInt,
        digest -> Binary,
        household_id -> Uuid,
    }
}

diesel::table! {
    kk_moves (release_id, digest_key, digest) {
        release_id -> Uuid,
        digest_key -> SmallInt,
        digest -> Binary,
        former_id -> Uuid,
        household_id -> Uuid,
    }
}

diesel::table! {
    login_failures (account_digest) {
        account_digest -> Binary,
        failures -> Integer,
        counted_since -> Timestamptz,
        under_way -> Integer,
    }
}

diesel::table! {
    lookup_misses (subject, day) {
        subject -> Text,
        day -> Date,
        misses -> Integer,
    }
}

diesel::table! {
    nik_directory (digest_key, digest) {
        digest_key -> SmallInt,
        digest -> Binary,
        individual_id -> Uuid,
    }
}

diesel::table! {
    outbox_events (event_id) {
        event_id -> Uuid,
        kind -> Text,
        agency_code -> Nullable<Text>,
        household_id -> Nullable<Uuid>,
        subject_id -> Uuid,
        payload -> Jsonb,
        occurred_at -> Timestamptz,
        sequence -> Nullable<BigInt>,
    }
}

diesel::table! {
    program_exclusions (program_id, excludes_code) {
        program_id -> Uuid,
        excludes_code -> Text,
    }
}

diesel::table! {
    program_exemptions (exemption_id) {
        exemption_id -> Uuid,
        program_id -> Uuid,
        granted_by -> Text,
        reason -> Text,
        regulation -> Text,
        until -> Date,
        granted_at -> Timestamptz,
    }
}

diesel::table! {
    program_periods (program_id, period_id) {
        program_id -> Uuid,
        period_id -> Uuid,
        fiscal_year -> SmallInt,
        label -> Text,
        starts_on -> Date,
        ends_on -> Date,
    }
}

diesel::table! {
    program_places (program_id) {
        program_id -> Uuid,
        quota -> Nullable<Integer>,
        taken -> Integer,
    }
}

diesel::table! {
    program_rules (program_id, rule_version) {
        program_id -> Uuid,
        rule_version -> Integer,
        eligibility -> Text,
        beneficiary -> Nullable<Text>,
        ranking -> Jsonb,
        written_by -> Text,
        written_at -> Timestamptz,
    }
}

diesel::table! {
    payment_claims (beneficiary_id, program_id, period_id) {
        beneficiary_id -> Uuid,
        program_id -> Uuid,
        period_id -> Uuid,
        once -> Bool,
        household_id -> Uuid,
        disbursement_id -> Uuid,
        agency_code -> Text,
    }
}

diesel::table! {
    programs (program_id) {
        program_id -> Uuid,
        code -> Text,
        agency_code -> Text,
        name -> Text,
        kind -> Text,
        funding -> Text,
        serves -> Text,
        benefit -> Text,
        amount_idr -> Nullable<BigInt>,
        cadence -> Text,
        fund_source -> Text,
        legal_basis -> Text,
        areas -> Array<Text>,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        sensitive_fields -> Bool,
        sensitive -> Bool,
        may_overlap_with -> Array<Text>,
        external_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    receipts (household_id, disbursement_id, fiscal_year) {
        household_id -> Uuid,
        disbursement_id -> Uuid,
        fiscal_year -> SmallInt,
        number -> BigInt,
        sealed_code -> Binary,
        digest_key -> SmallInt,
        code_digest -> Binary,
        agency_code -> Text,
        village_code -> Text,
        issued_by -> Text,
        issued_at -> Timestamptz,
    }
}

diesel::table! {
    regions (code) {
        code -> Text,
        parent_code -> Nullable<Text>,
        level -> Text,
        name -> Text,
        bps_code -> Nullable<Text>,
    }
}

diesel::table! {
    release_activations (activation_id) {
        activation_id -> Uuid,
        release_id -> Uuid,
        replaced_id -> Nullable<Uuid>,
        activated_by -> Uuid,
        reason -> Nullable<Text>,
        activated_at -> Timestamptz,
    }
}

diesel::table! {
    release_files (release_id, kind) {
        release_id -> Uuid,
        kind -> Text,
        original_name -> Text,
        bytes -> BigInt,
        sha256 -> Binary,
        stored_as -> Text,
        deleted_at -> Nullable<Timestamptz>,
        lines_in -> Nullable<BigInt>,
        loaded -> Nullable<BigInt>,
        merged -> Nullable<BigInt>,
        set_aside -> Nullable<BigInt>,
    }
}

diesel::table! {
    release_findings (release_id, finding_no) {
        release_id -> Uuid,
        finding_no -> BigInt,
        file -> Text,
        line -> BigInt,
        #[sql_name = "column"]
        column_name -> Nullable<Text>,
        kind -> Text,
        action -> Text,
        detail -> Text,
        lines -> BigInt,
    }
}

diesel::table! {
    releases (release_id) {
        release_id -> Uuid,
        label -> Text,
        data_date -> Date,
        state -> Text,
        fingerprint -> Binary,
        received_by -> Uuid,
        received_at -> Timestamptz,
        validated_at -> Nullable<Timestamptz>,
        rejected_reason -> Nullable<Text>,
        compared_with -> Nullable<Uuid>,
        households -> Integer,
        individuals -> Integer,
        version -> Integer,
    }
}

diesel::table! {
    set_aside_lines (release_id, file, line) {
        release_id -> Uuid,
        file -> Text,
        line -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    users (user_id) {
        user_id -> Uuid,
        person_id -> Uuid,
        username -> Text,
        password_hash -> Text,
        full_name -> Text,
        role -> Text,
        agency_code -> Text,
        areas -> Array<Text>,
        active -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    budget_entries (entry_id) {
        entry_id -> Uuid,
        fund_id -> Uuid,
        budget_id -> Nullable<Uuid>,
        agency_code -> Text,
        amount_idr -> BigInt,
        legal_basis -> Text,
        reason -> Nullable<Text>,
        entered_by -> Text,
        entered_at -> Timestamptz,
    }
}

diesel::table! {
    budgets (budget_id) {
        budget_id -> Uuid,
        fund_id -> Uuid,
        fiscal_year -> SmallInt,
        agency_code -> Text,
        line -> Text,
        name -> Text,
        external_reference -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    funds (fund_id) {
        fund_id -> Uuid,
        code -> Text,
        name -> Text,
        source -> Text,
        fiscal_year -> SmallInt,
        agency_code -> Text,
        shared_with -> Array<Text>,
        external_reference -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    ledger_accounts (account_id) {
        account_id -> Uuid,
        kind -> Text,
        fund_id -> Uuid,
        budget_id -> Nullable<Uuid>,
        partner_code -> Nullable<Text>,
        fiscal_year -> SmallInt,
        agency_code -> Text,
        debits_idr -> BigInt,
        credits_idr -> BigInt,
        opened_at -> Timestamptz,
    }
}

diesel::table! {
    ledger_paths (kind, debit, credit) {
        kind -> Text,
        debit -> Text,
        credit -> Text,
    }
}

diesel::table! {
    ledger_transfers (fiscal_year, transfer_id) {
        transfer_id -> Uuid,
        fiscal_year -> SmallInt,
        kind -> Text,
        debit_account_id -> Uuid,
        credit_account_id -> Uuid,
        amount_idr -> BigInt,
        agency_code -> Text,
        entry_id -> Nullable<Uuid>,
        batch_id -> Nullable<Uuid>,
        household_id -> Nullable<Uuid>,
        disbursement_id -> Nullable<Uuid>,
        village_code -> Nullable<Text>,
        actor -> Text,
        transferred_at -> Timestamptz,
    }
}

diesel::table! {
    program_budgets (program_id, budget_id) {
        program_id -> Uuid,
        budget_id -> Uuid,
        agency_code -> Text,
        linked_by -> Text,
        linked_at -> Timestamptz,
    }
}

diesel::table! {
    pay_points (pay_point_id) {
        pay_point_id -> Uuid,
        partner_code -> Text,
        kind -> Text,
        region_code -> Text,
        name -> Text,
        address -> Nullable<Text>,
        open -> Bool,
        recorded_by -> Text,
        recorded_at -> Timestamptz,
        version -> Integer,
        agency_code -> Text,
    }
}

diesel::table! {
    payout_accounts (individual_id, account_id) {
        individual_id -> Uuid,
        account_id -> Uuid,
        agency_code -> Text,
        partner_code -> Text,
        kind -> Text,
        sealed_number -> Bytea,
        digest_key -> SmallInt,
        number_digest -> Bytea,
        number_tail -> Text,
        holder_name -> Text,
        check_state -> Text,
        check_reason -> Nullable<Text>,
        checked_by -> Nullable<Text>,
        checked_at -> Nullable<Timestamptz>,
        open -> Bool,
        recorded_by -> Text,
        recorded_at -> Timestamptz,
        version -> Integer,
        close_reason -> Nullable<Text>,
        closed_by -> Nullable<Text>,
        closed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    batch_findings (household_id, batch_id, revision, enrolment_id) {
        household_id -> Uuid,
        batch_id -> Uuid,
        revision -> Integer,
        enrolment_id -> Uuid,
        agency_code -> Text,
        village_code -> Text,
        kind -> Text,
    }
}

diesel::table! {
    batch_layouts (code) {
        code -> Text,
        name -> Text,
        #[sql_name = "columns"]
        column_list -> Jsonb,
    }
}

diesel::table! {
    batch_lines (household_id, batch_id, revision, enrolment_id, fiscal_year) {
        household_id -> Uuid,
        batch_id -> Uuid,
        revision -> Integer,
        enrolment_id -> Uuid,
        fiscal_year -> SmallInt,
        line_no -> Integer,
        beneficiary_id -> Uuid,
        payee_id -> Uuid,
        agency_code -> Text,
        village_code -> Text,
        release_id -> Uuid,
        decile -> Nullable<SmallInt>,
        exemption_id -> Nullable<Uuid>,
        checked_decile -> Nullable<SmallInt>,
        amount_idr -> BigInt,
        account_id -> Nullable<Uuid>,
        pay_point_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    batches (batch_id) {
        batch_id -> Uuid,
        agency_code -> Text,
        program_id -> Uuid,
        period_id -> Uuid,
        fiscal_year -> SmallInt,
        budget_id -> Uuid,
        partner_code -> Text,
        decree_number -> Text,
        decree_date -> Date,
        state -> Text,
        revision -> Integer,
        release_id -> Uuid,
        lines -> Integer,
        left_out -> Integer,
        amount_idr -> BigInt,
        prepared_by -> Array<Uuid>,
        external_reference -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamptz,
        approved_at -> Nullable<Timestamptz>,
        handed_over_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    active_release,
    agencies,
    approval_decisions,
    approval_tasks,
    audit_entries,
    batch_findings,
    batch_layouts,
    batch_lines,
    batches,
    budget_entries,
    budgets,
    clients,
    code_book_entries,
    disbursement_steps,
    disbursements,
    enrolment_claims,
    enrolment_steps,
    enrolments,
    funds,
    household_identities,
    household_snapshots,
    household_successions,
    households,
    idempotency_keys,
    individual_identities,
    individual_snapshots,
    individuals,
    jobs,
    kk_directory,
    kk_moves,
    ledger_accounts,
    ledger_paths,
    ledger_transfers,
    login_failures,
    lookup_misses,
    nik_directory,
    outbox_events,
    pay_points,
    payment_claims,
    payout_accounts,
    program_budgets,
    program_exclusions,
    program_exemptions,
    program_periods,
    program_places,
    program_rules,
    programs,
    receipts,
    regions,
    release_activations,
    release_files,
    release_findings,
    releases,
    set_aside_lines,
    users,
);
