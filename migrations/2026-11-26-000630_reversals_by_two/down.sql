ALTER POLICY payment_claims_freed ON payment_claims USING (lane_role() = 'program_manager' AND agency_code = lane_agency());
ALTER POLICY disbursement_steps_made ON disbursement_steps
    WITH CHECK (lane_role() = 'program_manager' AND agency_code = lane_agency());
ALTER POLICY disbursements_moved ON disbursements
    USING (lane_role() = 'program_manager' AND agency_code = lane_agency()
           AND village_code LIKE ANY ((SELECT lane_areas())::text[]));
