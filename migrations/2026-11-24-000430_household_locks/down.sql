DROP FUNCTION hold_households(uuid[]);
