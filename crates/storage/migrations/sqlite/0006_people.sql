-- Whoever edits a person or a role at the same time as another is told, and a person sees the own sign-ins.
ALTER TABLE user_account ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE user_account ADD COLUMN signed_in_at INTEGER;
ALTER TABLE role ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE session ADD COLUMN address TEXT;
ALTER TABLE session ADD COLUMN browser TEXT;

-- The link by which a person sets a password: one for each, so that a new one ends the one before. It stands for what the
-- person could do when somebody made it: whoever was given more since needs another.
CREATE TABLE sign_in_link (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    token_digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    permissions TEXT NOT NULL,
    made_by BLOB,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account
) STRICT;
CREATE UNIQUE INDEX sign_in_link_token ON sign_in_link (token_digest);
