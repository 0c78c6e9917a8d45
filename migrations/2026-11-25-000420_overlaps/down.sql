ALTER TABLE programs DROP COLUMN may_overlap_with;
