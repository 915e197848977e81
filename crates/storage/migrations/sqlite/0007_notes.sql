-- What people wrote about a request, and how they moved it: append-only.
CREATE TABLE note (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    became TEXT,
    version INTEGER NOT NULL,
    sealed_text BLOB,
    key_digest BLOB,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    created_by_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
) STRICT;
CREATE INDEX note_request ON note (tenant_id, request_id, id);
CREATE UNIQUE INDEX note_once ON note (tenant_id, key_digest);

CREATE TRIGGER note_stays BEFORE DELETE ON note
BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;
CREATE TRIGGER note_is_fixed BEFORE UPDATE ON note
BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;
