DROP FUNCTION standing_aid(text[]);
DROP TABLE enrolment_claims, enrolment_steps, enrolments;
DROP FUNCTION check_enrolment_step();
