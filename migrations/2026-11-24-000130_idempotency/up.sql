-- The first answer to a request that creates money, kept in the effect's own transaction and given again
-- to every repeat. The answer is sealed: it holds what the caller was allowed to see.
CREATE TABLE idempotency_keys (
    client      text        NOT NULL,            -- the token's subject
    route       text        NOT NULL,
    key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    body_digest bytea       NOT NULL,
    status      smallint    NOT NULL,
    answer      bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
