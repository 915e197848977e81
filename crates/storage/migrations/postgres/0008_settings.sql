-- How a tenant writes days, and who may create a request there.
ALTER TABLE tenant ADD COLUMN date_format text NOT NULL DEFAULT 'day-month';
ALTER TABLE tenant ADD COLUMN create_needs_execute boolean NOT NULL DEFAULT false;
ALTER TABLE tenant ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- What the audit is narrowed by.
CREATE INDEX audit_action ON audit_event (tenant_id, action, id);
CREATE INDEX audit_actor ON audit_event (tenant_id, actor_id, id);
CREATE INDEX audit_subject ON audit_event (tenant_id, subject_id, id);

-- A tenant's own settings are changed by its people; its key and its licence never.
GRANT UPDATE (name, time_zone, date_format, create_needs_execute, version) ON tenant TO dossier_app;
GRANT UPDATE (version) ON tenant TO dossier_system;
