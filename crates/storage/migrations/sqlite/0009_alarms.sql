-- What needs attention is rare, and looked for at each view of the list.
CREATE INDEX run_alarm ON run (tenant_id, request_id) WHERE state IN ('overdue', 'unknown');
-- Two more ways into the audit.
CREATE INDEX audit_log_request ON audit_event (tenant_id, log_request) WHERE log_request IS NOT NULL;
CREATE INDEX audit_kind ON audit_event (tenant_id, actor_kind, id);
