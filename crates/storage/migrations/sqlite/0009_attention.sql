-- The requests that need a person are few among all runs: the list and the dashboard count them each time.
CREATE INDEX run_attention ON run (tenant_id, request_id) WHERE state IN ('overdue', 'unknown');
