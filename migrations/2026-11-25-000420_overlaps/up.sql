-- Programmes that this one may overlap with, said outright: whoever looks for doubled aid leaves them be.
ALTER TABLE programs ADD COLUMN may_overlap_with text[] NOT NULL DEFAULT '{}';
