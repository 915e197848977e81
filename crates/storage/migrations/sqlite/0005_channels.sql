-- How each channel's sign-ins fare.
ALTER TABLE lane ADD COLUMN signed_in_at INTEGER;
ALTER TABLE lane ADD COLUMN sign_in_failed_at INTEGER;
ALTER TABLE lane ADD COLUMN sign_in_failure TEXT;
