ALTER TABLE disbursements DROP COLUMN items;
