-- A programme that serves individuals says which members of an eligible household it serves; where it does not, any
-- living one may be named.
ALTER TABLE program_rules ADD COLUMN beneficiary text CHECK (beneficiary <> '');
