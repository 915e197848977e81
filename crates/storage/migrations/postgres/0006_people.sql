-- Whoever edits a person or a role at the same time as another is told, and a person sees the own sign-ins.
ALTER TABLE user_account ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE user_account ADD COLUMN signed_in_at timestamptz;
ALTER TABLE role ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE session ADD COLUMN address text;
ALTER TABLE session ADD COLUMN browser text;

-- The link by which a person sets a password: one for each, so that a new one ends the one before. It stands for what the
-- person could do when somebody made it: whoever was given more since needs another.
CREATE TABLE sign_in_link (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    kind text NOT NULL,
    permissions text NOT NULL,
    made_by uuid,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account
);
CREATE UNIQUE INDEX sign_in_link_token ON sign_in_link (token_digest);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['sign_in_link']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_link TO dossier_app;

-- A link is found before a tenant is known.
CREATE POLICY system ON sign_in_link TO dossier_system USING (true);
GRANT SELECT ON sign_in_link TO dossier_system;
