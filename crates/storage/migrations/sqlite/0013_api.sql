-- The keys by which programs sign in. A key is never deleted: what it did is told with its name.
CREATE TABLE api_key (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    token_digest BLOB NOT NULL,
    ending TEXT NOT NULL,
    permissions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    created_by_name TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_used_at INTEGER,
    last_address TEXT,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX api_key_token ON api_key (token_digest);

-- What came of a post that a program gave a key to, so that sending it again does nothing again. While an attempt is under
-- way its row has neither an answer nor an event; the event is written with what the attempt changes.
CREATE TABLE api_answer (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    principal_id BLOB NOT NULL,
    key_digest BLOB NOT NULL,
    content_digest BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    taken_until INTEGER NOT NULL,
    subject_kind TEXT,
    subject_id BLOB,
    sealed_answer BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX api_answer_once ON api_answer (tenant_id, principal_id, key_digest);
CREATE INDEX api_answer_age ON api_answer (tenant_id, created_at);
