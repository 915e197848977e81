-- Work that goes on at a provider, what comes from there by itself, the jobs behind both, and how each channel fares.
ALTER TABLE run ADD COLUMN accepted_at timestamptz;
-- The provider's time of the newest word about it that counted.
ALTER TABLE run ADD COLUMN told_at timestamptz;
ALTER TABLE run ADD COLUMN polls bigint NOT NULL DEFAULT 0;
-- How often a worker has taken it: code that breaks each time must not call a provider for ever.
ALTER TABLE run ADD COLUMN tries bigint NOT NULL DEFAULT 0;
-- A keyed digest of the value by which callbacks name it.
ALTER TABLE run ADD COLUMN subject_digest bytea;
CREATE INDEX run_subject ON run (tenant_id, subject_digest) WHERE subject_digest IS NOT NULL;

-- One of the action that was run, and one of the action that asked for its end.
DROP INDEX result_run;
CREATE UNIQUE INDEX result_run ON result (tenant_id, run_id, action);

-- The token of a callback's address follows from the tenant's key, the channel and a round; only its digest is kept. A round
-- that is past still counts for the work that was given its address.
ALTER TABLE channel ADD COLUMN callback_round bigint NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN callback_round bigint NOT NULL DEFAULT 0;
CREATE TABLE callback_address (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    round bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, round),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
);
CREATE UNIQUE INDEX callback_token ON callback_address (digest);

-- What is asked of its provider is numbered, so that an answer that comes late is told from one that was asked for later:
-- no clock says that. Its outputs and its verdict remember the question that they answer.
ALTER TABLE request ADD COLUMN asks bigint NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN verdict_ask bigint NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN ask bigint NOT NULL DEFAULT 0;
ALTER TABLE output ADD COLUMN ask bigint NOT NULL DEFAULT 0;

-- Who moved it last: after a person chose an end, providers change nothing.
ALTER TABLE request ADD COLUMN moved_by text NOT NULL DEFAULT 'action';

-- What is to be done in the background. A row goes when it is done; a dead one stays for a person.
CREATE TABLE job (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    run_at timestamptz NOT NULL,
    round bigint NOT NULL,
    attempts bigint NOT NULL,
    dead boolean NOT NULL,
    worker text,
    lease_until timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX job_once ON job (tenant_id, kind, subject);
CREATE INDEX job_due ON job (run_at) WHERE NOT dead;

-- Sealed with the key of its request as soon as that is known.
CREATE TABLE inbound_event (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    request_id uuid,
    run_id uuid,
    state text NOT NULL,
    reason text,
    trusted boolean NOT NULL,
    sealed_headers bytea NOT NULL,
    sealed_body bytea NOT NULL,
    once_digest bytea NOT NULL,
    subject_digest bytea,
    work text,
    happened_at timestamptz,
    received_at timestamptz NOT NULL,
    times bigint NOT NULL,
    handled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel,
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run
);
CREATE UNIQUE INDEX inbound_once ON inbound_event (tenant_id, channel_id, once_digest);
CREATE INDEX inbound_subject ON inbound_event (tenant_id, subject_digest) WHERE subject_digest IS NOT NULL;
CREATE INDEX inbound_state ON inbound_event (tenant_id, state, id);
CREATE INDEX inbound_request ON inbound_event (tenant_id, request_id, id) WHERE request_id IS NOT NULL;
CREATE INDEX inbound_run ON inbound_event (tenant_id, run_id, id) WHERE run_id IS NOT NULL;

-- Files behind links that could not be fetched at once, under the ids that stand for them already.
CREATE TABLE pending_file (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    run_id uuid NOT NULL,
    sealed_name bytea NOT NULL,
    sealed_link bytea NOT NULL,
    media_type text,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run
);
CREATE INDEX pending_run ON pending_file (tenant_id, run_id, id);

-- How a channel's provider fares and what it takes: one row for all processes.
CREATE TABLE lane (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    next_at timestamptz,
    paused_until timestamptz,
    failures bigint NOT NULL,
    closed_until timestamptz,
    trying_until timestamptz,
    failed_at timestamptz,
    failure text,
    answered_at timestamptz,
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
);

-- The calls that are on their way through a channel that takes only so many at once.
CREATE TABLE lane_place (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['callback_address', 'job', 'inbound_event', 'pending_file', 'lane', 'lane_place']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON callback_address, job, inbound_event, pending_file, lane, lane_place TO dossier_app;

-- Jobs are taken, and callbacks find their channel, before a tenant is known.
CREATE POLICY system ON job TO dossier_system USING (true) WITH CHECK (true);
CREATE POLICY system ON callback_address TO dossier_system USING (true);
GRANT SELECT, UPDATE ON job TO dossier_system;
GRANT SELECT ON callback_address TO dossier_system;
