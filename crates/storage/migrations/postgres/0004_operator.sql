-- What the operator's commands do to a tenant, and the line of it in the audit, in one transaction: as the system role,
-- for the one tenant that the transaction has set.
CREATE POLICY operator ON role FOR INSERT TO dossier_system
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY operator ON audit_event FOR INSERT TO dossier_system
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY operator ON audit_unsealed FOR INSERT TO dossier_system
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT INSERT ON role, audit_event, audit_unsealed TO dossier_system;
GRANT UPDATE (name) ON tenant TO dossier_system;
