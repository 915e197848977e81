-- How a tenant writes days, and who may create a request there.
ALTER TABLE tenant ADD COLUMN date_format TEXT NOT NULL DEFAULT 'day-month';
ALTER TABLE tenant ADD COLUMN create_needs_execute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- What the audit is narrowed by.
CREATE INDEX audit_action ON audit_event (tenant_id, action, id);
CREATE INDEX audit_actor ON audit_event (tenant_id, actor_id, id);
CREATE INDEX audit_subject ON audit_event (tenant_id, subject_id, id);
