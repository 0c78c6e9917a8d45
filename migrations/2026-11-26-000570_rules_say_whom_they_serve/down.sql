ALTER TABLE program_rules DROP COLUMN beneficiary;
