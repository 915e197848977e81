-- How large the picture is that is shown of a file, where one could be made; and who staged a file.
ALTER TABLE attachment ADD COLUMN preview_width INTEGER;
ALTER TABLE attachment ADD COLUMN preview_height INTEGER;
ALTER TABLE attachment ADD COLUMN staged_by BLOB;
