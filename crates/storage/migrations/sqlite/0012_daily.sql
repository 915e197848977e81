-- Figures of whole days, counted from the rows, so that no page counts a year of them.
-- A day, by its first instant where the tenant is: which must be counted (again), and when it was counted last.
CREATE TABLE daily (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    stale INTEGER NOT NULL,
    counted_at INTEGER,
    PRIMARY KEY (tenant_id, starts_at)
) STRICT;
-- The requests created on that day, as they stand. A part is a channel, or the tenant for all of its channels together.
CREATE TABLE daily_request (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    part_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, part_id, starts_at, status, verdict)
) STRICT;
CREATE INDEX daily_request_day ON daily_request (tenant_id, starts_at);
-- The calls begun on that day. Those that were answered, by the step of milliseconds within which that was; 0 for others.
CREATE TABLE daily_call (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    part_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    within_ms INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, part_id, starts_at, outcome, within_ms)
) STRICT;
CREATE INDEX daily_call_day ON daily_call (tenant_id, starts_at);
-- So that the calls of a day are counted without what is sealed beside them.
CREATE INDEX exchange_day ON exchange (tenant_id, started_at, channel_id, state, failure, status, took_ms);
