ALTER TABLE approval_decisions DROP CONSTRAINT a_refusal_says_why;
