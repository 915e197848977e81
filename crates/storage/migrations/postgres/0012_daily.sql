-- Figures of whole days, counted from the rows, so that no page counts a year of them.
-- A day, by its first instant where the tenant is: which must be counted (again), and when it was counted last.
CREATE TABLE daily (
    tenant_id uuid NOT NULL REFERENCES tenant,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    stale boolean NOT NULL,
    counted_at timestamptz,
    PRIMARY KEY (tenant_id, starts_at)
);
-- The requests created on that day, as they stand. A part is a channel, or the tenant for all of its channels together.
CREATE TABLE daily_request (
    tenant_id uuid NOT NULL REFERENCES tenant,
    part_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    status text NOT NULL,
    verdict text NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (tenant_id, part_id, starts_at, status, verdict)
);
CREATE INDEX daily_request_day ON daily_request (tenant_id, starts_at);
-- The calls begun on that day. Those that were answered, by the step of milliseconds within which that was; 0 for others.
CREATE TABLE daily_call (
    tenant_id uuid NOT NULL REFERENCES tenant,
    part_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    outcome text NOT NULL,
    within_ms bigint NOT NULL,
    calls bigint NOT NULL,
    PRIMARY KEY (tenant_id, part_id, starts_at, outcome, within_ms)
);
CREATE INDEX daily_call_day ON daily_call (tenant_id, starts_at);
-- So that the calls of a day are counted without what is sealed beside them.
CREATE INDEX exchange_day ON exchange (tenant_id, started_at, channel_id, state, failure, status, took_ms);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['daily', 'daily_request', 'daily_call']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY app ON %I TO dossier_app
            USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON daily, daily_request, daily_call TO dossier_app;
