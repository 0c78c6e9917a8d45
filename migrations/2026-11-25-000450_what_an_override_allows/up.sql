-- An override allows the programmes that stood in the household when it was given, and none that is excluded later.
ALTER TABLE enrolments ADD COLUMN override_for text[];
ALTER TABLE enrolments DISABLE TRIGGER enrolment_step;
UPDATE enrolments e
SET override_for = ARRAY(SELECT x.excludes_code FROM program_exclusions x WHERE x.program_id = e.program_id ORDER BY 1)
WHERE override_reason IS NOT NULL;
ALTER TABLE enrolments ENABLE TRIGGER enrolment_step;
ALTER TABLE enrolments ADD CONSTRAINT override_names_what CHECK ((override_reason IS NULL) = (override_for IS NULL));
