-- What a payment in kind consisted of: goods or services with their quantity and value. Its amount is their sum.
ALTER TABLE disbursements ADD COLUMN items jsonb CHECK (jsonb_typeof(items) = 'array' AND jsonb_array_length(items) BETWEEN 1 AND 50);
