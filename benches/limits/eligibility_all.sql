-- Poor households on earth or bamboo with 900 VA at most, with somebody old or disabled, and without PKH, enrolled.
-- $1 release, $2 day of the decision, $3 programme.
-- Codes: 7 bamboo, 8 earth; 1 450 VA, 2 900 VA; difficulties: 1 cannot, 2 hardly.
WITH hits AS (
    SELECT h.household_id, uuid_v7() AS enrolment_id, h.village_code, h.decile
    FROM household_snapshots h
    WHERE h.release_id = $1
      AND h.decile <= 4 AND h.floor IN (7, 8) AND h.installed_power IN (1, 2)
      AND EXISTS (
          SELECT FROM individual_snapshots m
          WHERE m.release_id = $1 AND m.household_id = h.household_id
            AND (m.birth_date <= $2::date - interval '60 years'
                 OR 1 IN (m.seeing, m.hearing, m.walking, m.using_hands, m.learning, m.behaviour, m.speaking, m.self_care, m.remembering)
                 OR 2 IN (m.seeing, m.hearing, m.walking, m.using_hands, m.learning, m.behaviour, m.speaking, m.self_care, m.remembering)))
      AND NOT EXISTS (SELECT FROM enrolment_claims c WHERE c.household_id = h.household_id AND c.program_code = 'PKH')
      AND NOT EXISTS (SELECT FROM enrolment_claims c WHERE c.beneficiary_id = h.household_id AND c.program_id = $3)
), claimed AS (
    INSERT INTO enrolment_claims (beneficiary_id, program_id, household_id, enrolment_id, agency_code, program_code)
    SELECT household_id, $3, household_id, enrolment_id, 'dinsos', 'BLT-DAERAH' FROM hits
), enrolled AS (
    INSERT INTO enrolments (household_id, enrolment_id, program_id, agency_code, beneficiary_id, village_code, state,
        release_id, decile, rule_version, explanation, created_by)
    SELECT household_id, enrolment_id, $3, 'dinsos', household_id, village_code, 'candidate', $1, decile, 1, '{}', 'by hand'
    FROM hits
), stepped AS (
    INSERT INTO enrolment_steps (household_id, enrolment_id, step_no, to_state, reason, effective_on, actor, agency_code)
    SELECT household_id, enrolment_id, 1, 'candidate', 'enrolled', $2, 'by hand', 'dinsos' FROM hits
), told AS (
    INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
    SELECT uuid_v7(), 'enrolment.created', 'dinsos', household_id, enrolment_id,
        jsonb_build_object('program_id', $3, 'program_code', 'BLT-DAERAH', 'state', 'candidate', 'release_id', $1)
    FROM hits
), taken AS (
    UPDATE program_places SET taken = taken + (SELECT count(*) FROM hits) WHERE program_id = $3
)
SELECT household_id FROM hits
