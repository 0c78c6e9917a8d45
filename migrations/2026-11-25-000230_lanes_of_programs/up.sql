-- Programmes and what belongs to them hold no person: every role sees them. They are made and changed by their own
-- agency's manager; exemptions are granted by those who do not run the programme.

-- Whether each of these region codes lies within the lane's areas.
CREATE FUNCTION lane_covers(regions text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NOT EXISTS (SELECT 1 FROM unnest(regions) AS r (code)
                       WHERE NOT (r.code = ANY (lane_areas()) OR r.code || '.' LIKE ANY (lane_areas())));

-- Whether the lane is that of the programme's manager, and whether it covers all of the programme. Asked for single
-- rows only.
CREATE FUNCTION lane_runs(program uuid) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (SELECT 1 FROM programs p WHERE p.program_id = program AND p.agency_code = lane_agency()
                   AND lane_role() = 'program_manager');
END;
CREATE FUNCTION lane_changes(program uuid) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT lane_runs(program) AND (SELECT lane_covers(p.areas) FROM programs p WHERE p.program_id = program);
END;

-- A manager with narrower areas than the programme's may still hold its row, as enrolling does with its places; to
-- change it the lane must cover the programme's areas.
ALTER TABLE programs ENABLE ROW LEVEL SECURITY;
CREATE POLICY programs_seen ON programs FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY programs_made ON programs FOR INSERT
    WITH CHECK ((SELECT lane_role()) = 'program_manager' AND agency_code = (SELECT lane_agency()) AND lane_covers(areas));
CREATE POLICY programs_changed ON programs FOR UPDATE USING ((SELECT lane_role()) = 'program_manager' AND agency_code = (SELECT lane_agency()))
    WITH CHECK ((SELECT lane_role()) = 'program_manager' AND agency_code = (SELECT lane_agency()) AND lane_covers(areas));

ALTER TABLE program_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY program_rules_seen ON program_rules FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY program_rules_written ON program_rules FOR INSERT WITH CHECK (lane_changes(program_id));

ALTER TABLE program_exclusions ENABLE ROW LEVEL SECURITY;
CREATE POLICY program_exclusions_seen ON program_exclusions FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY program_exclusions_set ON program_exclusions FOR INSERT WITH CHECK (lane_changes(program_id));
CREATE POLICY program_exclusions_lifted ON program_exclusions FOR DELETE USING (lane_changes(program_id));

ALTER TABLE program_periods ENABLE ROW LEVEL SECURITY;
CREATE POLICY program_periods_seen ON program_periods FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY program_periods_opened ON program_periods FOR INSERT WITH CHECK (lane_changes(program_id));
CREATE POLICY program_periods_changed ON program_periods FOR UPDATE USING (lane_changes(program_id));

ALTER TABLE program_places ENABLE ROW LEVEL SECURITY;
CREATE POLICY program_places_seen ON program_places FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY program_places_opened ON program_places FOR INSERT WITH CHECK (lane_changes(program_id));
CREATE POLICY program_places_taken ON program_places FOR UPDATE USING (lane_runs(program_id));

ALTER TABLE program_exemptions ENABLE ROW LEVEL SECURITY;
CREATE POLICY program_exemptions_seen ON program_exemptions FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY program_exemptions_granted ON program_exemptions FOR INSERT WITH CHECK ((SELECT lane_role()) IN ('coordinator', 'registry_steward'));
