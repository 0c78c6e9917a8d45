ALTER TABLE regions DROP COLUMN bps_code;
