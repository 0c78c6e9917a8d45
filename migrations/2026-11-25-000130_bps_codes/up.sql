-- BPS's own numbers of regions, in which some deliveries come: 2 digits for a province, 4, 7 and 10 for what lies in
-- it. There is no rule from one numbering to the other, so an administrator loads them (`sejahtera load-bps-codes`).
ALTER TABLE regions
    ADD COLUMN bps_code text,
    ADD CONSTRAINT one_region_of_the_same_bps_code UNIQUE (bps_code),
    ADD CONSTRAINT bps_code_fits_the_level CHECK (bps_code ~ CASE level
        WHEN 'province' THEN '^\d{2}$' WHEN 'regency' THEN '^\d{4}$' WHEN 'district' THEN '^\d{7}$' ELSE '^\d{10}$' END);
