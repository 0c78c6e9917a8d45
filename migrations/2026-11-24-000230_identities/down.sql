DROP TABLE household_successions, nik_directory, kk_directory, individual_identities, household_identities, individuals, households;
