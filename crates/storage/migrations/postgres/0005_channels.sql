-- How each channel's sign-ins fare.
ALTER TABLE lane ADD COLUMN signed_in_at timestamptz;
ALTER TABLE lane ADD COLUMN sign_in_failed_at timestamptz;
ALTER TABLE lane ADD COLUMN sign_in_failure text;
