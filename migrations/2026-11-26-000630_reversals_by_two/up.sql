-- A reversal is asked for by one person and done by the word of another, an approver of the same agency.
ALTER POLICY disbursements_moved ON disbursements
    USING (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency()
           AND village_code LIKE ANY ((SELECT lane_areas())::text[]));
ALTER POLICY disbursement_steps_made ON disbursement_steps
    WITH CHECK (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
ALTER POLICY payment_claims_freed ON payment_claims
    USING (lane_role() IN ('program_manager', 'approver') AND agency_code = lane_agency());
