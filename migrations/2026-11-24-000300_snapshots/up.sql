-- What a release says of each household (keluarga) and individual (individu). Rows are never changed:
-- a release is loaded whole or not at all, and what somebody knows better is a proposal beside it.
-- Partitioned by release; every key begins with household_id, so that the tables shard by it.
--
-- Answers stand as the codes of the delivery; the words are the release's own code book.
-- NULL is "not answered" and is never treated as "no".

CREATE TABLE household_snapshots (
    household_id          uuid     NOT NULL,
    release_id            uuid     NOT NULL,
    village_code          text     NOT NULL,            -- dotted Kemendagri code, 35.26.01.2001
    address               text     NOT NULL,
    head_name             text     NOT NULL,
    kk_tail               text,                         -- last two digits; NULL: no usable card number
    declared_member_count smallint,                     -- as the family line says
    member_count          smallint NOT NULL,            -- as loaded
    decile                smallint CHECK (decile BETWEEN 1 AND 10),
    decile_province       smallint CHECK (decile_province BETWEEN 1 AND 10),
    decile_regency        smallint CHECK (decile_regency BETWEEN 1 AND 10),
    pbi_national          boolean,
    pbi_regional          boolean,
    pln_customer          text,
    house_ownership       smallint,
    floor                 smallint,
    floor_area_m2         integer,
    wall                  smallint,
    roof                  smallint,
    water_source          smallint,
    lighting              smallint,
    installed_power       smallint,
    cooking_fuel          smallint,
    toilet                smallint,
    toilet_type           smallint,
    sewage                smallint,
    owns_assets           boolean,
    gas_cylinder          boolean,
    refrigerator          boolean,
    air_conditioner       boolean,
    water_heater          boolean,
    landline              boolean,
    flat_tv               boolean,
    gold_jewellery        boolean,
    computer              boolean,
    motorcycle            boolean,
    bicycle               boolean,
    car                   boolean,
    boat                  boolean,
    motor_boat            boolean,
    smartphone            boolean,
    other_land            boolean,
    other_house           boolean,
    cattle                integer CHECK (cattle >= 0),
    buffaloes             integer CHECK (buffaloes >= 0),
    horses                integer CHECK (horses >= 0),
    pigs                  integer CHECK (pigs >= 0),
    goats_sheep           integer CHECK (goats_sheep >= 0),
    extra                 jsonb,                        -- columns of the delivery that are not known here
    PRIMARY KEY (household_id, release_id)
) PARTITION BY LIST (release_id);

CREATE TABLE individual_snapshots (
    household_id         uuid     NOT NULL,
    individual_id        uuid     NOT NULL,
    release_id           uuid     NOT NULL,
    village_code         text     NOT NULL,             -- the household's, so that a row can be judged alone
    position             smallint NOT NULL,             -- order within the household, from 1
    name                 text     NOT NULL,
    nik_tail             text,                          -- last two digits; NULL: no usable NIK
    birth_date           date,
    sex                  smallint,
    relation             smallint,
    marital_status       smallint,
    pbi_national         boolean,
    pbi_regional         boolean,
    deceased             boolean  NOT NULL DEFAULT false, -- the delivery marks the name as (alm.)
    schooling            smallint,                      -- partisipasi_sekolah
    highest_level        smallint,
    highest_grade        smallint,
    certificate          smallint,
    works                smallint,                      -- status_bekerja
    work_sector          smallint,
    work_status          smallint,                      -- status_dalam_pekerjaan_utama
    owns_business        smallint,
    business_count       integer CHECK (business_count >= 0),
    business_sector      smallint,
    paid_workers         integer CHECK (paid_workers >= 0),
    unpaid_workers       integer CHECK (unpaid_workers >= 0),
    business_turnover    smallint,
    nutrition            smallint,
    seeing               smallint,
    hearing              smallint,
    walking              smallint,
    using_hands          smallint,
    learning             smallint,
    behaviour            smallint,
    speaking             smallint,
    self_care            smallint,
    remembering          smallint,
    sadness              smallint,
    chronic_illness      smallint,
    card_village_code    text,                          -- the eight *_ktp region columns come down to this
    card_hamlet          text,                          -- dusun_ktp
    card_rt              text,
    card_rw              text,
    card_address         text,
    card_occupation      text,
    card_education       text,
    extra                jsonb,
    PRIMARY KEY (household_id, individual_id, release_id)
) PARTITION BY LIST (release_id);

ALTER TABLE household_snapshots ENABLE ROW LEVEL SECURITY;
CREATE POLICY household_snapshots_seen ON household_snapshots FOR SELECT
    USING (lane_sees_households() AND village_code LIKE ANY ((SELECT lane_areas())::text[]));
CREATE POLICY household_snapshots_loaded ON household_snapshots FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE individual_snapshots ENABLE ROW LEVEL SECURITY;
CREATE POLICY individual_snapshots_seen ON individual_snapshots FOR SELECT
    USING (lane_sees_households() AND village_code LIKE ANY ((SELECT lane_areas())::text[]));
CREATE POLICY individual_snapshots_loaded ON individual_snapshots FOR INSERT WITH CHECK (lane_keeps_registry());

-- A release's partitions are filled before they are attached, so that their indexes are built once over all
-- rows. The service owns no table; these three functions give it exactly that much of the owner's right.
CREATE FUNCTION release_partition(parent text, release uuid) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN parent || '_' || replace(release::text, '-', '');

CREATE FUNCTION prepare_release_partitions(release uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE parent text;
BEGIN
    IF NOT lane_keeps_registry() THEN
        RAISE EXCEPTION 'only a registry steward loads a release' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH parent IN ARRAY ARRAY['household_snapshots', 'individual_snapshots'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', release_partition(parent, release));
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CHECK (release_id = %L))',
            release_partition(parent, release), parent, release);
        EXECUTE format('GRANT INSERT, SELECT ON %I TO %I', release_partition(parent, release), session_user);
    END LOOP;
END
$$;

CREATE FUNCTION attach_release_partitions(release uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET maintenance_work_mem = '96MB' AS $$
DECLARE households text := release_partition('household_snapshots', release);
        individuals text := release_partition('individual_snapshots', release);
BEGIN
    IF NOT lane_keeps_registry() THEN
        RAISE EXCEPTION 'only a registry steward loads a release' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('REVOKE ALL ON %I, %I FROM %I', households, individuals, session_user);
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (household_id, release_id)', households);
    EXECUTE format('CREATE INDEX ON %I (village_code, household_id)', households);
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (household_id, individual_id, release_id)', individuals);
    EXECUTE format('CREATE INDEX ON %I (individual_id)', individuals);
    EXECUTE format('CREATE INDEX ON %I (village_code, household_id)', individuals);
    EXECUTE format('ALTER TABLE household_snapshots ATTACH PARTITION %I FOR VALUES IN (%L)', households, release);
    EXECUTE format('ALTER TABLE individual_snapshots ATTACH PARTITION %I FOR VALUES IN (%L)', individuals, release);
    EXECUTE format('ANALYZE %I', households);
    EXECUTE format('ANALYZE %I', individuals);
END
$$;

CREATE FUNCTION drop_release_partitions(release uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT lane_keeps_registry() OR EXISTS (SELECT 1 FROM release_activations a WHERE a.release_id = release) THEN
        RAISE EXCEPTION 'a release that was active keeps its rows' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', release_partition('household_snapshots', release));
    EXECUTE format('DROP TABLE IF EXISTS %I', release_partition('individual_snapshots', release));
END
$$;

CREATE INDEX household_snapshots_by_village ON household_snapshots (village_code, household_id);
CREATE INDEX individual_snapshots_by_person ON individual_snapshots (individual_id);
CREATE INDEX individual_snapshots_by_village ON individual_snapshots (village_code, household_id);
