DROP TABLE program_exemptions, program_places, program_periods, program_exclusions, program_rules, programs;
