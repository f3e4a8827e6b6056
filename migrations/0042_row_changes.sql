-- One row for each statement that changed offers or models: who holds their rows in memory knows by the number of these
-- whether they still stand. Their number and not the newest, since transactions need not end in the order they began in.
CREATE TABLE IF NOT EXISTS catalog.row_changes (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE OR REPLACE FUNCTION catalog.note_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.row_changes DEFAULT VALUES;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS rows_change ON cloud.instances;
CREATE TRIGGER rows_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cloud.instances
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.note_row_change();
DROP TRIGGER IF EXISTS rows_change ON hf.models;
CREATE TRIGGER rows_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hf.models
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.note_row_change();
