DROP FUNCTION receipt_that_holds(smallint, bytea);
DROP TABLE receipts;
