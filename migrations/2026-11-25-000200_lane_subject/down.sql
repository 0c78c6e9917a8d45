DROP FUNCTION lane_is_set();
DROP FUNCTION lane_subject();
