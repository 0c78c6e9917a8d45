-- Regions by Kemendagri's dotted code; province, regency, district (kecamatan), village (desa, kelurahan).
CREATE TABLE regions (
    code        text PRIMARY KEY CHECK (code ~ '^\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?$'),
    parent_code text REFERENCES regions,
    level       text NOT NULL CHECK (level IN ('province', 'regency', 'district', 'village')),
    name        text NOT NULL
);
CREATE INDEX regions_by_parent ON regions (parent_code);
