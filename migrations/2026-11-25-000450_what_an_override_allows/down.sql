ALTER TABLE enrolments DROP COLUMN override_for;
