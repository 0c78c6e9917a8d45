-- The lasting ids of households (keluarga) and individuals (individu), and the numbers they are found by.
-- A number is sealed once, here; the directories hold keyed digests only. Ids are never used again.
CREATE TABLE households (
    household_id  uuid PRIMARY KEY,
    first_release uuid NOT NULL
);
CREATE TABLE individuals (
    individual_id uuid PRIMARY KEY,
    first_release uuid NOT NULL
);
CREATE TABLE household_identities (
    household_id uuid     NOT NULL,
    sealed_kk    bytea    NOT NULL,
    seen_in      uuid     NOT NULL,              -- the release that first carried this number
    PRIMARY KEY (household_id, sealed_kk)
);
CREATE TABLE individual_identities (
    individual_id uuid    NOT NULL PRIMARY KEY,
    sealed_nik    bytea   NOT NULL
);
CREATE TABLE kk_directory (
    digest_key   smallint NOT NULL,
    digest       bytea    NOT NULL,
    household_id uuid     NOT NULL,
    PRIMARY KEY (digest_key, digest)
);
CREATE TABLE nik_directory (
    digest_key    smallint NOT NULL,
    digest        bytea    NOT NULL,
    individual_id uuid     NOT NULL,
    PRIMARY KEY (digest_key, digest)
);
-- Where a household went that a release no longer has: taken into another, or divided.
CREATE TABLE household_successions (
    household_id uuid NOT NULL,
    release_id   uuid NOT NULL,
    successor_id uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('merged', 'split')),
    PRIMARY KEY (household_id, release_id, successor_id)
);

ALTER TABLE households ENABLE ROW LEVEL SECURITY;
CREATE POLICY households_seen ON households FOR SELECT USING (lane_sees_households());
CREATE POLICY households_loaded ON households FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE individuals ENABLE ROW LEVEL SECURITY;
CREATE POLICY individuals_seen ON individuals FOR SELECT USING (lane_sees_households());
CREATE POLICY individuals_loaded ON individuals FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE household_identities ENABLE ROW LEVEL SECURITY;
CREATE POLICY household_identities_seen ON household_identities FOR SELECT USING (lane_sees_households());
CREATE POLICY household_identities_loaded ON household_identities FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE individual_identities ENABLE ROW LEVEL SECURITY;
CREATE POLICY individual_identities_seen ON individual_identities FOR SELECT USING (lane_sees_households());
CREATE POLICY individual_identities_loaded ON individual_identities FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE kk_directory ENABLE ROW LEVEL SECURITY;
CREATE POLICY kk_directory_seen ON kk_directory FOR SELECT USING (lane_sees_households());
CREATE POLICY kk_directory_loaded ON kk_directory FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE nik_directory ENABLE ROW LEVEL SECURITY;
CREATE POLICY nik_directory_seen ON nik_directory FOR SELECT USING (lane_sees_households());
CREATE POLICY nik_directory_loaded ON nik_directory FOR INSERT WITH CHECK (lane_keeps_registry());

ALTER TABLE household_successions ENABLE ROW LEVEL SECURITY;
CREATE POLICY household_successions_seen ON household_successions FOR SELECT USING (lane_sees_households());
CREATE POLICY household_successions_loaded ON household_successions FOR INSERT WITH CHECK (lane_keeps_registry());
