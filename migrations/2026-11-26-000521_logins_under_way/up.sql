-- A login is counted before it is tried, so that guesses sent at once can't all be tried before the first is counted: of
-- an account so many may be under way as may still fail.
ALTER TABLE login_failures ADD COLUMN under_way integer NOT NULL DEFAULT 0 CHECK (under_way >= 0);
ALTER TABLE login_failures DROP CONSTRAINT login_failures_failures_check;
ALTER TABLE login_failures ADD CONSTRAINT login_failures_failures_check CHECK (failures >= 0);
