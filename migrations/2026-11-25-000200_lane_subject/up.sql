-- Who asks, in a transaction of one caller. What is a caller's own (stored answers, counted misses) goes by it;
-- flights that several callers share do not tell it.
CREATE FUNCTION lane_subject() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.subject', true), '');

-- Whether there is a lane at all. What every role may see asks no more than this.
CREATE FUNCTION lane_is_set() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN lane_role() IS NOT NULL;

-- Policies call these as `(SELECT lane_role())`: once for a statement, not once for a row.
-- Three tables of this schema have no policies: `regions` is public and holds nobody, `__diesel_schema_migrations` is
-- read to tell the version; the partitions of a table are reached through it, since the application has no right
-- on them.
