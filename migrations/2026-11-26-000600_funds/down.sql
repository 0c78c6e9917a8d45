DROP TABLE program_budgets, budget_entries, budgets, funds;
DROP FUNCTION lane_reads_books(text);
