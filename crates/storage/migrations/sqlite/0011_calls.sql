-- The log of a request is narrowed by action and by how calls ended, and paged, from this index alone.
DROP INDEX exchange_request;
CREATE INDEX exchange_request ON exchange (tenant_id, request_id, id, action, state, status);
-- The runs of a request, newest first.
CREATE INDEX run_list ON run (tenant_id, request_id, id);

-- What the page of a request shows of a large result, made once when it is stored.
ALTER TABLE result ADD COLUMN sealed_excerpt BLOB;

-- A call is written once before it is sent and once when it has ended. Nothing changes or removes it after that (LOG-3).
CREATE TRIGGER exchange_stays BEFORE DELETE ON exchange
BEGIN SELECT RAISE(ABORT, 'the log of calls is append-only'); END;
CREATE TRIGGER exchange_is_fixed BEFORE UPDATE ON exchange
WHEN OLD.state <> 'sending' OR OLD.tenant_id <> NEW.tenant_id OR OLD.id <> NEW.id OR OLD.channel_id <> NEW.channel_id
    OR OLD.request_id IS NOT NEW.request_id OR OLD.run_id IS NOT NEW.run_id OR OLD.action <> NEW.action
    OR OLD.actor_name <> NEW.actor_name OR OLD.step <> NEW.step OR OLD.attempt <> NEW.attempt
    OR OLD.method <> NEW.method OR OLD.started_at <> NEW.started_at OR OLD.sealed_url <> NEW.sealed_url
    OR OLD.sealed_request_headers <> NEW.sealed_request_headers OR OLD.sealed_request_body <> NEW.sealed_request_body
BEGIN SELECT RAISE(ABORT, 'the log of calls is append-only'); END;
