-- What people wrote about a request, and how they moved it: append-only.
CREATE TABLE note (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    became text,
    version bigint NOT NULL,
    sealed_text bytea,
    key_digest bytea,
    created_at timestamptz NOT NULL,
    created_by uuid,
    created_by_name text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request
);
CREATE INDEX note_request ON note (tenant_id, request_id, id);
CREATE UNIQUE INDEX note_once ON note (tenant_id, key_digest);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['note']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON note TO dossier_app;
