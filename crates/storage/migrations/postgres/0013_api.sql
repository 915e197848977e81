-- The keys by which programs sign in. A key is never deleted: what it did is told with its name.
CREATE TABLE api_key (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    name text NOT NULL,
    token_digest bytea NOT NULL,
    ending text NOT NULL,
    permissions text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    created_by_name text NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz,
    last_address text,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX api_key_token ON api_key (token_digest);

-- What came of a post that a program gave a key to, so that sending it again does nothing again. While an attempt is under
-- way its row has neither an answer nor an event; the event is written with what the attempt changes.
CREATE TABLE api_answer (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    key_digest bytea NOT NULL,
    content_digest bytea NOT NULL,
    attempt bigint NOT NULL,
    taken_until timestamptz NOT NULL,
    subject_kind text,
    subject_id uuid,
    sealed_answer bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX api_answer_once ON api_answer (tenant_id, principal_id, key_digest);
CREATE INDEX api_answer_age ON api_answer (tenant_id, created_at);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['api_key', 'api_answer']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_key, api_answer TO dossier_app;

-- A key is found before a tenant is known.
CREATE POLICY system ON api_key TO dossier_system USING (true);
GRANT SELECT ON api_key TO dossier_system;
