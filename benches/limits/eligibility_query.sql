-- Poor households on earth or bamboo with 900 VA at most, with somebody old or disabled, and without PKH.
-- $1 release, $2 day of the decision. Codes: 7 bamboo, 8 earth; 1 450 VA, 2 900 VA; difficulties: 1 cannot, 2 hardly.
CREATE TEMPORARY TABLE hits ON COMMIT DROP AS
SELECT h.household_id
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
