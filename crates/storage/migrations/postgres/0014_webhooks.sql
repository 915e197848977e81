-- Addresses of a tenant's own to which news are sent. Its signing secrets are a list, the newest first: one that was
-- replaced still signs for a while. The address is sealed too, because some have a secret in them.
CREATE TABLE webhook (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    name text NOT NULL,
    sealed_url bytea NOT NULL,
    sealed_secrets bytea NOT NULL,
    events text NOT NULL,
    state text NOT NULL,
    state_at timestamptz NOT NULL,
    version bigint NOT NULL,
    failures bigint NOT NULL,
    delivered_at timestamptz,
    failed_at timestamptz,
    failure text,
    paused_until timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- One piece of news on its way to one webhook. It refers to no row of that: what people and providers do must neither wait
-- for somebody who changes a webhook meanwhile nor fail because somebody deletes it. The payload has ids and states only.
CREATE TABLE webhook_delivery (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    state text NOT NULL,
    tries bigint NOT NULL,
    attempts bigint NOT NULL,
    next_at timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX webhook_delivery_list ON webhook_delivery (tenant_id, webhook_id, id);
CREATE INDEX webhook_delivery_state ON webhook_delivery (tenant_id, webhook_id, state, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant_id, webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_event ON webhook_delivery (tenant_id, event_id);

-- What came of sending it, each time. The beginning of the answer is a stranger's text.
CREATE TABLE webhook_attempt (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    took_ms bigint NOT NULL,
    status bigint,
    failure text,
    sealed_said bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_delivery
);
CREATE INDEX webhook_attempt_delivery ON webhook_attempt (tenant_id, delivery_id, id);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['webhook', 'webhook_delivery', 'webhook_attempt']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook, webhook_delivery, webhook_attempt TO dossier_app;
