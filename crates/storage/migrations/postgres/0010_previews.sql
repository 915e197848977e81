-- How large the picture is that is shown of a file, where one could be made; and who staged a file.
ALTER TABLE attachment ADD COLUMN preview_width bigint;
ALTER TABLE attachment ADD COLUMN preview_height bigint;
ALTER TABLE attachment ADD COLUMN staged_by uuid;
