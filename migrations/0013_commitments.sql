-- How long a price binds, in months: a machine has a price for each length of a commitment, and one without any.
ALTER TABLE cloud.instances ADD COLUMN IF NOT EXISTS term_months integer NOT NULL DEFAULT 0
    CHECK (term_months >= 0 AND (term_months = 0 OR pricing = 'reserved'));
ALTER TABLE cloud.instances DROP CONSTRAINT IF EXISTS instances_pkey;
ALTER TABLE cloud.instances ADD PRIMARY KEY (provider, instance_type, region, pricing, term_months);

-- The length is part of the key: provider/type/region/reserved-12m.
ALTER TABLE cloud.instances DROP COLUMN IF EXISTS key;
ALTER TABLE cloud.instances ADD COLUMN key text COLLATE "C" GENERATED ALWAYS AS (
    provider || '/' || instance_type || '/' || region || '/' || pricing
    || CASE WHEN term_months = 0 THEN '' ELSE '-' || term_months || 'm' END) STORED;
CREATE UNIQUE INDEX IF NOT EXISTS instances_by_key ON cloud.instances (key);

-- What an instance's ordinary network carries at best, its card's speed; the network between nodes is cloud.fabrics'.
CREATE TABLE IF NOT EXISTS cloud.networks (
    provider      text COLLATE "C" NOT NULL,
    instance_type text COLLATE "C" NOT NULL,
    gbit_s        double precision NOT NULL CHECK (gbit_s > 0),
    snapshot      text COLLATE "C",
    source_id     text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (provider, instance_type)
);
