-- The cheapest region of every instance type is read in this order, without a sort: 23 ms became 11 at 16,000 offers.
CREATE INDEX IF NOT EXISTS instances_by_type
    ON cloud.instances (provider, instance_type, pricing, price_per_hour_usd, region);
