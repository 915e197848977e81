-- Work that goes on at a provider, what comes from there by itself, the jobs behind both, and how each channel fares.
ALTER TABLE run ADD COLUMN accepted_at INTEGER;
-- The provider's time of the newest word about it that counted.
ALTER TABLE run ADD COLUMN told_at INTEGER;
ALTER TABLE run ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;
-- How often a worker has taken it: code that breaks each time must not call a provider for ever.
ALTER TABLE run ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
-- A keyed digest of the value by which callbacks name it.
ALTER TABLE run ADD COLUMN subject_digest BLOB;
CREATE INDEX run_subject ON run (tenant_id, subject_digest) WHERE subject_digest IS NOT NULL;

-- One of the action that was run, and one of the action that asked for its end.
DROP INDEX result_run;
CREATE UNIQUE INDEX result_run ON result (tenant_id, run_id, action);

-- The token of a callback's address follows from the tenant's key, the channel and a round; only its digest is kept. A round
-- that is past still counts for the work that was given its address.
ALTER TABLE channel ADD COLUMN callback_round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN callback_round INTEGER NOT NULL DEFAULT 0;
CREATE TABLE callback_address (
    tenant_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    round INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, round),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
) STRICT;
CREATE UNIQUE INDEX callback_token ON callback_address (digest);

-- What is asked of its provider is numbered, so that an answer that comes late is told from one that was asked for later:
-- no clock says that. Its outputs and its verdict remember the question that they answer.
ALTER TABLE request ADD COLUMN asks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN verdict_ask INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN ask INTEGER NOT NULL DEFAULT 0;
ALTER TABLE output ADD COLUMN ask INTEGER NOT NULL DEFAULT 0;

-- Who moved it last: after a person chose an end, providers change nothing.
ALTER TABLE request ADD COLUMN moved_by TEXT NOT NULL DEFAULT 'action';

-- What is to be done in the background. A row goes when it is done; a dead one stays for a person.
CREATE TABLE job (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    run_at INTEGER NOT NULL,
    round INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    worker TEXT,
    lease_until INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX job_once ON job (tenant_id, kind, subject);
CREATE INDEX job_due ON job (run_at) WHERE NOT dead;

-- Sealed with the key of its request as soon as that is known.
CREATE TABLE inbound_event (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    request_id BLOB,
    run_id BLOB,
    state TEXT NOT NULL,
    reason TEXT,
    trusted INTEGER NOT NULL,
    sealed_headers BLOB NOT NULL,
    sealed_body BLOB NOT NULL,
    once_digest BLOB NOT NULL,
    subject_digest BLOB,
    work TEXT,
    happened_at INTEGER,
    received_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    handled_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel,
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run
) STRICT;
CREATE UNIQUE INDEX inbound_once ON inbound_event (tenant_id, channel_id, once_digest);
CREATE INDEX inbound_subject ON inbound_event (tenant_id, subject_digest) WHERE subject_digest IS NOT NULL;
CREATE INDEX inbound_state ON inbound_event (tenant_id, state, id);
CREATE INDEX inbound_request ON inbound_event (tenant_id, request_id, id) WHERE request_id IS NOT NULL;
CREATE INDEX inbound_run ON inbound_event (tenant_id, run_id, id) WHERE run_id IS NOT NULL;

-- Files behind links that could not be fetched at once, under the ids that stand for them already.
CREATE TABLE pending_file (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    run_id BLOB NOT NULL,
    sealed_name BLOB NOT NULL,
    sealed_link BLOB NOT NULL,
    media_type TEXT,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES request,
    FOREIGN KEY (tenant_id, run_id) REFERENCES run
) STRICT;
CREATE INDEX pending_run ON pending_file (tenant_id, run_id, id);

-- How a channel's provider fares and what it takes: one row for all processes.
CREATE TABLE lane (
    tenant_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    next_at INTEGER,
    paused_until INTEGER,
    failures INTEGER NOT NULL,
    closed_until INTEGER,
    trying_until INTEGER,
    failed_at INTEGER,
    failure TEXT,
    answered_at INTEGER,
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
) STRICT;

-- The calls that are on their way through a channel that takes only so many at once.
CREATE TABLE lane_place (
    tenant_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    id BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel
) STRICT;
