-- Who stands behind a machine, how its price came about, and what joins its nodes. A provider of whom nothing is known is
-- taken for a seller of containers, for nothing proves that its machines can join a cluster; a machine without a tier of
-- its own has its provider's.
ALTER TABLE cloud.providers ADD COLUMN IF NOT EXISTS seller text NOT NULL DEFAULT 'containers'
    CHECK (seller IN ('hyperscaler', 'managed_kubernetes', 'virtual_machines', 'containers', 'community', 'marketplace'));
ALTER TABLE cloud.instances ADD COLUMN IF NOT EXISTS seller text
    CHECK (seller IN ('hyperscaler', 'managed_kubernetes', 'virtual_machines', 'containers', 'community', 'marketplace'));
ALTER TABLE cloud.instances ADD COLUMN IF NOT EXISTS price_kind text NOT NULL DEFAULT 'listed'
    CHECK (price_kind IN ('listed', 'median', 'floor', 'multiplied', 'estimate'));

-- The network between machines whose type begins so; of two beginnings the longer one counts.
CREATE TABLE IF NOT EXISTS cloud.fabrics (
    provider      text COLLATE "C" NOT NULL,
    instance_type text COLLATE "C" NOT NULL,
    gbit_s        double precision NOT NULL CHECK (gbit_s > 0),
    snapshot      text COLLATE "C",
    source_id     text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (provider, instance_type)
);
