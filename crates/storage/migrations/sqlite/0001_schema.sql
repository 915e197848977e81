-- The first schema. Times are microseconds since 1970 in UTC, ids are 16 bytes, truth is 0 or 1.
-- Columns named sealed_* hold AES-256-GCM under the key of their request, or of their tenant where no request is named.

-- Which master key the data was sealed with.
CREATE TABLE installation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key_fingerprint TEXT NOT NULL
) STRICT;

CREATE TABLE tenant (
    tenant_id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE licence_module (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    module TEXT NOT NULL,
    ends_at INTEGER,
    PRIMARY KEY (tenant_id, module)
) STRICT;

CREATE TABLE user_account (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
-- Unique in the installation: sign-in asks for no tenant (TENANT-6).
CREATE UNIQUE INDEX user_email ON user_account (email_folded);

CREATE TABLE role (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    built_in TEXT,
    name TEXT NOT NULL,
    permissions TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX role_name ON role (tenant_id, name);

CREATE TABLE user_role (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account,
    FOREIGN KEY (tenant_id, role_id) REFERENCES role
) STRICT;

CREATE TABLE session (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    token_digest BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account
) STRICT;
CREATE UNIQUE INDEX session_token ON session (token_digest);
CREATE INDEX session_person ON session (tenant_id, user_id);
CREATE INDEX session_end ON session (expires_at);

CREATE TABLE channel (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    handler TEXT NOT NULL,
    code TEXT NOT NULL,
    code_folded TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    config TEXT NOT NULL,
    sealed_secrets BLOB NOT NULL,
    active INTEGER NOT NULL,
    display_order INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX channel_code ON channel (tenant_id, code_folded) WHERE deleted_at IS NULL;

-- The reference is not sealed: it is searched and listed.
CREATE TABLE request (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    reference TEXT NOT NULL,
    reference_folded TEXT NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT NOT NULL,
    version INTEGER NOT NULL,
    key_digest BLOB,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    created_by_name TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
) STRICT;
CREATE UNIQUE INDEX request_once ON request (tenant_id, key_digest);
CREATE INDEX request_newest ON request (tenant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX request_channel ON request (tenant_id, channel_id, id) WHERE deleted_at IS NULL;
CREATE INDEX request_status ON request (tenant_id, status, id) WHERE deleted_at IS NULL;

-- Apart from its request, so that erasing a key reaches the backups too.
CREATE TABLE request_key (
    tenant_id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    wrapped_key BLOB NOT NULL,
    PRIMARY KEY (tenant_id, request_id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
) STRICT;

-- The same text for every tenant, so it names none.
CREATE TABLE manifest (
    digest TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE run (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    action TEXT NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    effect TEXT NOT NULL,
    sealed_params BLOB NOT NULL,
    error TEXT,
    sealed_message BLOB,
    quoted INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    manifest_digest TEXT NOT NULL REFERENCES manifest,
    key_digest BLOB,
    fingerprint_digest BLOB,
    worker TEXT,
    lease_until INTEGER,
    next_poll INTEGER,
    deadline INTEGER,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    created_by_name TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
) STRICT;
CREATE UNIQUE INDEX run_key ON run (tenant_id, key_digest);
CREATE UNIQUE INDEX run_live ON run (tenant_id, request_id, action) WHERE state IN ('queued', 'running');
CREATE INDEX run_request ON run (tenant_id, request_id, action, id);
-- For workers, which serve every tenant.
CREATE INDEX run_work ON run (created_at) WHERE state IN ('queued', 'running');

CREATE TABLE result (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    run_id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    action TEXT NOT NULL,
    sealed_raw BLOB NOT NULL,
    content_type TEXT NOT NULL,
    sealed_display BLOB NOT NULL,
    sealed_outputs BLOB NOT NULL,
    verdict TEXT NOT NULL,
    executed_at INTEGER NOT NULL,
    executed_by BLOB,
    executed_by_name TEXT NOT NULL,
    took_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES run,
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
) STRICT;
CREATE UNIQUE INDEX result_run ON result (tenant_id, run_id);
CREATE INDEX result_request ON result (tenant_id, request_id, id);

-- The current result of each action of a request.
CREATE TABLE output (
    tenant_id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    action TEXT NOT NULL,
    result_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, request_id, action),
    FOREIGN KEY (tenant_id, result_id) REFERENCES result
) STRICT;

-- Without a request when a channel was tested.
CREATE TABLE exchange (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    request_id BLOB,
    run_id BLOB,
    channel_id BLOB NOT NULL,
    action TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    method TEXT NOT NULL,
    sealed_url BLOB NOT NULL,
    sealed_request_headers BLOB NOT NULL,
    sealed_request_body BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    status INTEGER,
    sealed_response_headers BLOB,
    sealed_response_body BLOB,
    took_ms INTEGER,
    failure TEXT,
    sealed_failure_message BLOB,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run,
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
) STRICT;
CREATE INDEX exchange_request ON exchange (tenant_id, request_id, id);
CREATE INDEX exchange_run ON exchange (tenant_id, run_id, id);
CREATE INDEX exchange_channel ON exchange (tenant_id, channel_id, id) WHERE request_id IS NULL;

CREATE TABLE attachment (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    run_id BLOB,
    sealed_name BLOB NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    digest BLOB NOT NULL,
    blob_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run
) STRICT;
CREATE INDEX attachment_request ON attachment (tenant_id, request_id, id);
CREATE INDEX attachment_run ON attachment (tenant_id, run_id, id);

-- Names no foreign row: an event outlives what it tells of.
CREATE TABLE audit_event (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    actor_name TEXT NOT NULL,
    address TEXT,
    log_request TEXT,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BLOB,
    request_id BLOB,
    sealed_before BLOB,
    sealed_after BLOB,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX audit_request ON audit_event (tenant_id, request_id, id);

CREATE TABLE audit_unsealed (
    tenant_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, event_id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES audit_event
) STRICT;

CREATE TABLE seal (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    number INTEGER NOT NULL,
    root BLOB NOT NULL,
    previous BLOB,
    events INTEGER NOT NULL,
    signature BLOB NOT NULL,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, number)
) STRICT;

CREATE TABLE seal_leaf (
    tenant_id BLOB NOT NULL,
    seal_number INTEGER NOT NULL,
    n INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, seal_number, n),
    FOREIGN KEY (tenant_id, seal_number) REFERENCES seal,
    FOREIGN KEY (tenant_id, event_id) REFERENCES audit_event
) STRICT;
CREATE UNIQUE INDEX seal_leaf_event ON seal_leaf (tenant_id, event_id);

CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_event_is_fixed BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
