DROP FUNCTION standing_exclusions(uuid, uuid), standing_programs_of(uuid[]), aid_of_household(uuid);
DROP TABLE disbursement_steps, disbursements;
DROP FUNCTION check_disbursement_step();
