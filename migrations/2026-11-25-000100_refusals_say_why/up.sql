-- Whoever refuses says why. What was written before stands as it was written.
ALTER TABLE approval_decisions ADD CONSTRAINT a_refusal_says_why
    CHECK (approve OR coalesce(btrim(reason), '') <> '') NOT VALID;
