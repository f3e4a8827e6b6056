-- One row for each statement that changed `cloud.instances`: who holds its rows in memory knows by their number whether
-- they still stand. Their number and not the newest, since transactions need not end in the order in which they began.
CREATE TABLE IF NOT EXISTS catalog.offer_changes (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE OR REPLACE FUNCTION catalog.note_offer_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.offer_changes DEFAULT VALUES;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS offers_change ON cloud.instances;
CREATE TRIGGER offers_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cloud.instances
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.note_offer_change();
