-- Files that a person sends with an action, beside those that come back. Without a run one is only staged.
ALTER TABLE attachment ADD COLUMN kind text NOT NULL DEFAULT 'received';
CREATE INDEX attachment_staged ON attachment (tenant_id, created_at) WHERE kind = 'sent' AND run_id IS NULL;
