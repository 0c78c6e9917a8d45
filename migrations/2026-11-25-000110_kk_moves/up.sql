-- Card numbers (nomor KK) that a release gives to another household than the directory does: two families under
-- the two numbers of one household, or a number first seen in a release that was never active. The directory
-- follows when the release becomes active, and goes back when it is turned back from.
CREATE TABLE kk_moves (
    release_id   uuid     NOT NULL REFERENCES releases,
    digest_key   smallint NOT NULL,
    digest       bytea    NOT NULL,
    former_id    uuid     NOT NULL,              -- the household that the number led to
    household_id uuid     NOT NULL,              -- the one that carries it in this release
    PRIMARY KEY (release_id, digest_key, digest)
);

ALTER TABLE kk_moves ENABLE ROW LEVEL SECURITY;
CREATE POLICY kk_moves_seen ON kk_moves FOR SELECT USING (lane_sees_households());
CREATE POLICY kk_moves_loaded ON kk_moves FOR INSERT WITH CHECK (lane_keeps_registry());

CREATE POLICY kk_directory_moved ON kk_directory FOR UPDATE USING (lane_keeps_registry());
