-- Reference rates of a day: what one euro buys of each currency. Without any, the rates that are shipped hold.
ALTER TABLE catalog.snapshots DROP CONSTRAINT IF EXISTS snapshots_kind_check;
ALTER TABLE catalog.snapshots ADD CONSTRAINT snapshots_kind_check
    CHECK (kind IN ('compute', 'models', 'charts', 'hosted', 'currency'));

CREATE TABLE IF NOT EXISTS cloud.exchange_rates (
    currency  text COLLATE "C" PRIMARY KEY,
    per_eur   double precision NOT NULL CHECK (per_eur > 0),
    snapshot  text COLLATE "C",
    source_id text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED
);
