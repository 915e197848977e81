-- Addresses of a tenant's own to which news are sent. Its signing secrets are a list, the newest first: one that was
-- replaced still signs for a while. The address is sealed too, because some have a secret in them.
CREATE TABLE webhook (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    sealed_url BLOB NOT NULL,
    sealed_secrets BLOB NOT NULL,
    events TEXT NOT NULL,
    state TEXT NOT NULL,
    state_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    delivered_at INTEGER,
    failed_at INTEGER,
    failure TEXT,
    paused_until INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;

-- One piece of news on its way to one webhook. It refers to no row of that: what people and providers do must neither wait
-- for somebody who changes a webhook meanwhile nor fail because somebody deletes it. The payload has ids and states only.
CREATE TABLE webhook_delivery (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    webhook_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX webhook_delivery_list ON webhook_delivery (tenant_id, webhook_id, id);
CREATE INDEX webhook_delivery_state ON webhook_delivery (tenant_id, webhook_id, state, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant_id, webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_event ON webhook_delivery (tenant_id, event_id);

-- What came of sending it, each time. The beginning of the answer is a stranger's text.
CREATE TABLE webhook_attempt (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    delivery_id BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    status INTEGER,
    failure TEXT,
    sealed_said BLOB NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_delivery
) STRICT;
CREATE INDEX webhook_attempt_delivery ON webhook_attempt (tenant_id, delivery_id, id);
