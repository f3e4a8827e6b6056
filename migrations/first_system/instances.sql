-- What clouds sell, one row a region, in the words of a price list: an unknown price stays unknown.
CREATE OR REPLACE VIEW stack8s_first.instances AS
SELECT id, provider, name, gpu_model, coalesce(gpu_count, 0) AS gpu_count, vram_gb, vcpu, ram_gb,
       coalesce(price_hourly, price_monthly / 730) AS price_hourly, region
FROM cloud.instances
LEFT JOIN LATERAL jsonb_array_elements_text(
    CASE jsonb_typeof(regions) WHEN 'array' THEN regions ELSE '["global"]'::jsonb END) AS sold (region) ON true;
