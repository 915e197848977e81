-- The log of a request is narrowed by action and by how calls ended, and paged, from this index alone.
DROP INDEX exchange_request;
CREATE INDEX exchange_request ON exchange (tenant_id, request_id, id, action, state, status);
-- The runs of a request, newest first.
CREATE INDEX run_list ON run (tenant_id, request_id, id);

-- What the page of a request shows of a large result, made once when it is stored.
ALTER TABLE result ADD COLUMN sealed_excerpt bytea;

-- A call is written once before it is sent and once when it has ended. Nothing changes or removes it after that (LOG-3).
REVOKE UPDATE, DELETE ON exchange FROM dossier_app;
GRANT UPDATE (state, status, sealed_response_headers, sealed_response_body, took_ms, failure, sealed_failure_message)
    ON exchange TO dossier_app;
CREATE POLICY ends_once ON exchange AS RESTRICTIVE FOR UPDATE TO dossier_app USING (state = 'sending') WITH CHECK (true);
