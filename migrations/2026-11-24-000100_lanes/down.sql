DROP FUNCTION refuse_change(), uuid_v7(), lane_keeps_registry(), lane_sees_households(), lane_areas(), lane_agency(), lane_role();
