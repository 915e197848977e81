-- The first schema, as the role that owns it. What the roles of the server may do stands at the end.
-- Columns named sealed_* hold AES-256-GCM under the key of their request, or of their tenant where no request is named.

-- Which master key the data was sealed with.
CREATE TABLE installation (
    one bigint PRIMARY KEY CHECK (one = 1),
    key_fingerprint text NOT NULL
);

CREATE TABLE tenant (
    tenant_id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    wrapped_key bytea NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE licence_module (
    tenant_id uuid NOT NULL REFERENCES tenant,
    module text NOT NULL,
    ends_at timestamptz,
    PRIMARY KEY (tenant_id, module)
);

CREATE TABLE user_account (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    email text NOT NULL,
    email_folded text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- Unique in the installation: sign-in asks for no tenant (TENANT-6).
CREATE UNIQUE INDEX user_email ON user_account (email_folded);

CREATE TABLE role (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    built_in text,
    name text NOT NULL,
    permissions text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX role_name ON role (tenant_id, name);

CREATE TABLE user_role (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account,
    FOREIGN KEY (tenant_id, role_id) REFERENCES role
);

CREATE TABLE session (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    token_digest bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account
);
CREATE UNIQUE INDEX session_token ON session (token_digest);
CREATE INDEX session_person ON session (tenant_id, user_id);
CREATE INDEX session_end ON session (expires_at);

CREATE TABLE channel (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    handler text NOT NULL,
    code text NOT NULL,
    code_folded text NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    config text NOT NULL,
    sealed_secrets bytea NOT NULL,
    active boolean NOT NULL,
    display_order bigint NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX channel_code ON channel (tenant_id, code_folded) WHERE deleted_at IS NULL;

-- The reference is not sealed: it is searched and listed.
CREATE TABLE request (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    reference text NOT NULL,
    reference_folded text NOT NULL,
    status text NOT NULL,
    verdict text NOT NULL,
    version bigint NOT NULL,
    key_digest bytea,
    created_at timestamptz NOT NULL,
    created_by uuid,
    created_by_name text NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
);
CREATE UNIQUE INDEX request_once ON request (tenant_id, key_digest);
CREATE INDEX request_newest ON request (tenant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX request_channel ON request (tenant_id, channel_id, id) WHERE deleted_at IS NULL;
CREATE INDEX request_status ON request (tenant_id, status, id) WHERE deleted_at IS NULL;

-- Apart from its request, so that erasing a key reaches the backups too.
CREATE TABLE request_key (
    tenant_id uuid NOT NULL,
    request_id uuid NOT NULL,
    wrapped_key bytea NOT NULL,
    PRIMARY KEY (tenant_id, request_id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
);

-- The same text for every tenant, so it names none.
CREATE TABLE manifest (
    digest text NOT NULL PRIMARY KEY,
    key text NOT NULL,
    version text NOT NULL,
    text text NOT NULL
);

CREATE TABLE run (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    action text NOT NULL,
    label text NOT NULL,
    state text NOT NULL,
    effect text NOT NULL,
    sealed_params bytea NOT NULL,
    error text,
    sealed_message bytea,
    quoted boolean NOT NULL,
    verdict text NOT NULL,
    manifest_digest text NOT NULL REFERENCES manifest,
    key_digest bytea,
    fingerprint_digest bytea,
    worker text,
    lease_until timestamptz,
    next_poll timestamptz,
    deadline timestamptz,
    created_at timestamptz NOT NULL,
    created_by uuid,
    created_by_name text NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
);
CREATE UNIQUE INDEX run_key ON run (tenant_id, key_digest);
CREATE UNIQUE INDEX run_live ON run (tenant_id, request_id, action) WHERE state IN ('queued', 'running');
CREATE INDEX run_request ON run (tenant_id, request_id, action, id);
-- For workers, which serve every tenant.
CREATE INDEX run_work ON run (created_at) WHERE state IN ('queued', 'running');

CREATE TABLE result (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    request_id uuid NOT NULL,
    action text NOT NULL,
    sealed_raw bytea NOT NULL,
    content_type text NOT NULL,
    sealed_display bytea NOT NULL,
    sealed_outputs bytea NOT NULL,
    verdict text NOT NULL,
    executed_at timestamptz NOT NULL,
    executed_by uuid,
    executed_by_name text NOT NULL,
    took_ms bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES run,
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
);
CREATE UNIQUE INDEX result_run ON result (tenant_id, run_id);
CREATE INDEX result_request ON result (tenant_id, request_id, id);

-- The current result of each action of a request.
CREATE TABLE output (
    tenant_id uuid NOT NULL,
    request_id uuid NOT NULL,
    action text NOT NULL,
    result_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, request_id, action),
    FOREIGN KEY (tenant_id, result_id) REFERENCES result
);

-- Without a request when a channel was tested.
CREATE TABLE exchange (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    request_id uuid,
    run_id uuid,
    channel_id uuid NOT NULL,
    action text NOT NULL,
    actor_name text NOT NULL,
    step text NOT NULL,
    attempt bigint NOT NULL,
    state text NOT NULL,
    method text NOT NULL,
    sealed_url bytea NOT NULL,
    sealed_request_headers bytea NOT NULL,
    sealed_request_body bytea NOT NULL,
    started_at timestamptz NOT NULL,
    status bigint,
    sealed_response_headers bytea,
    sealed_response_body bytea,
    took_ms bigint,
    failure text,
    sealed_failure_message bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run,
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
);
CREATE INDEX exchange_request ON exchange (tenant_id, request_id, id);
CREATE INDEX exchange_run ON exchange (tenant_id, run_id, id);
CREATE INDEX exchange_channel ON exchange (tenant_id, channel_id, id) WHERE request_id IS NULL;

CREATE TABLE attachment (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    run_id uuid,
    sealed_name bytea NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    digest bytea NOT NULL,
    blob_key text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run
);
CREATE INDEX attachment_request ON attachment (tenant_id, request_id, id);
CREATE INDEX attachment_run ON attachment (tenant_id, run_id, id);

-- Names no foreign row: an event outlives what it tells of.
CREATE TABLE audit_event (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    address text,
    log_request text,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid,
    request_id uuid,
    sealed_before bytea,
    sealed_after bytea,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_request ON audit_event (tenant_id, request_id, id);

CREATE TABLE audit_unsealed (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, event_id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES audit_event
);

CREATE TABLE seal (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number bigint NOT NULL,
    root bytea NOT NULL,
    previous bytea,
    events bigint NOT NULL,
    signature bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, number)
);

CREATE TABLE seal_leaf (
    tenant_id uuid NOT NULL,
    seal_number bigint NOT NULL,
    n bigint NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, seal_number, n),
    FOREIGN KEY (tenant_id, seal_number) REFERENCES seal,
    FOREIGN KEY (tenant_id, event_id) REFERENCES audit_event
);
CREATE UNIQUE INDEX seal_leaf_event ON seal_leaf (tenant_id, event_id);

-- The app role sees the tenant that its transaction has set and nothing else. Once set locally the setting stays
-- behind on its connection as an empty text, which is no uuid: hence nullif.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant', 'licence_module', 'user_account', 'role', 'user_role', 'session', 'channel', 'request',
        'request_key', 'run', 'result', 'output', 'exchange', 'attachment', 'audit_event', 'audit_unsealed', 'seal', 'seal_leaf']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;

GRANT SELECT ON _sqlx_migrations, installation TO dossier_app, dossier_system;
GRANT SELECT ON tenant, licence_module, seal, seal_leaf TO dossier_app;
GRANT SELECT, INSERT ON manifest, audit_event, audit_unsealed TO dossier_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_account, role, user_role, session, channel, request, request_key, run, result, output,
    exchange, attachment TO dossier_app;

-- The system role sees every tenant, but only the tables that its few statements need (src/system.rs).
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant', 'licence_module', 'user_account', 'session', 'run']
    LOOP
        EXECUTE format('CREATE POLICY system ON %I TO dossier_system USING (true) WITH CHECK (true)', t);
    END LOOP;
END $$;
GRANT INSERT ON installation TO dossier_system;
GRANT SELECT, INSERT ON tenant TO dossier_system;
GRANT SELECT, INSERT, DELETE ON licence_module TO dossier_system;
GRANT SELECT ON user_account TO dossier_system;
GRANT SELECT, DELETE ON session TO dossier_system;
GRANT SELECT, UPDATE ON run TO dossier_system;
