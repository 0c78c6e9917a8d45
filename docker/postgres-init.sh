#!/usr/bin/env bash
# Run once by the PostgreSQL image on an empty volume: the two roles, and the database. The owner migrates;
# the application is subject to row-level security and owns nothing.
set -euo pipefail

psql -X -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'END'
\getenv owner OWNER_PASSWORD
\getenv app APP_PASSWORD
CREATE ROLE sejahtera_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE sejahtera_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app';
CREATE DATABASE sejahtera OWNER sejahtera_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE sejahtera FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE sejahtera TO sejahtera_app;
END
