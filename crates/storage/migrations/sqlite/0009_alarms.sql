-- What needs attention is rare, and looked for at each view of the list.
CREATE INDEX run_alarm ON run (tenant_id, request_id) WHERE state IN ('overdue', 'unknown');
