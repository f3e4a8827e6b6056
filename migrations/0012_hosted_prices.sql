-- What APIs list for models that one could run oneself. `weights` is the model's name without owner and number format,
-- so that a quantised copy of a model finds the prices of the original.
ALTER TABLE catalog.snapshots DROP CONSTRAINT IF EXISTS snapshots_kind_check;
ALTER TABLE catalog.snapshots ADD CONSTRAINT snapshots_kind_check
    CHECK (kind IN ('compute', 'models', 'charts', 'hosted'));

CREATE TABLE IF NOT EXISTS cloud.hosted_prices (
    key                           text COLLATE "C" PRIMARY KEY,
    api                           text COLLATE "C" NOT NULL,
    model                         text COLLATE "C" NOT NULL,
    weights                       text COLLATE "C" NOT NULL,
    input_usd_per_million_tokens  double precision CHECK (input_usd_per_million_tokens > 0),
    output_usd_per_million_tokens double precision CHECK (output_usd_per_million_tokens > 0),
    usd_per_image                 double precision CHECK (usd_per_image > 0),
    usd_per_audio_hour            double precision CHECK (usd_per_audio_hour > 0),
    context_tokens                integer CHECK (context_tokens > 0),
    snapshot                      text COLLATE "C",
    source_id                     text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    CHECK (num_nonnulls(input_usd_per_million_tokens, usd_per_image, usd_per_audio_hour) = 1)
);

CREATE INDEX IF NOT EXISTS hosted_prices_of_weights ON cloud.hosted_prices (weights);
CREATE INDEX IF NOT EXISTS hosted_prices_of_api ON cloud.hosted_prices (api);
