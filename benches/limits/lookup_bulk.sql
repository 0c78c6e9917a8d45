-- Where the people with these digests live, and which programmes their households stand in.
-- $1 digests, $2 number of their key, $3 release.
SELECT sought.row_no, m.household_id, m.individual_id, h.village_code, h.head_name, h.decile, aid.programs
FROM unnest($1::bytea[]) WITH ORDINALITY AS sought (digest, row_no)
JOIN nik_directory d ON d.digest_key = $2 AND d.digest = sought.digest
JOIN individual_snapshots m ON m.release_id = $3 AND m.individual_id = d.individual_id
JOIN household_snapshots h ON h.release_id = $3 AND h.household_id = m.household_id
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT c.program_code) AS programs
    FROM enrolment_claims c JOIN programs p USING (program_id)
    WHERE c.household_id = m.household_id AND NOT p.sensitive) aid ON true
ORDER BY sought.row_no
