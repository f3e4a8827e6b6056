-- What clouds sell. Only the names of an offer are required: a row of another origin may lack the rest.
CREATE SCHEMA IF NOT EXISTS cloud;

CREATE TABLE IF NOT EXISTS cloud.gpus (
    name                  text COLLATE "C" PRIMARY KEY,
    family                text COLLATE "C" NOT NULL,
    vendor                text COLLATE "C" NOT NULL,
    aliases               text[] NOT NULL DEFAULT '{}',
    architecture          text,
    compute_capability    double precision,
    memory_gb             double precision NOT NULL CHECK (memory_gb > 0),
    usable_gib            double precision NOT NULL CHECK (usable_gib > 0),
    memory_bandwidth_gb_s double precision,
    tflops_fp32           double precision,
    tflops_fp16           double precision,
    tflops_bf16           double precision,
    tflops_fp8            double precision,
    tops_int8             double precision,
    tflops_fp4            double precision,
    link                  text NOT NULL DEFAULT 'pcie',
    link_gb_s             double precision,
    snapshot              text COLLATE "C",
    source_id             text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE IF NOT EXISTS cloud.providers (
    provider       text COLLATE "C" PRIMARY KEY,
    display_name   text NOT NULL,
    aliases        text[] NOT NULL DEFAULT '{}',
    programmes     text[] NOT NULL DEFAULT '{}',
    programmes_url text,
    snapshot       text COLLATE "C",
    source_id      text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE IF NOT EXISTS cloud.regions (
    provider      text COLLATE "C" NOT NULL,
    region        text COLLATE "C" NOT NULL,
    display_name  text,
    country       text COLLATE "C",
    jurisdictions text[] NOT NULL DEFAULT '{}',
    aliases       text[] NOT NULL DEFAULT '{}',
    snapshot      text COLLATE "C",
    PRIMARY KEY (provider, region)
);

CREATE TABLE IF NOT EXISTS cloud.instances (
    provider           text COLLATE "C" NOT NULL,
    instance_type      text COLLATE "C" NOT NULL,
    region             text COLLATE "C" NOT NULL DEFAULT 'global',
    pricing            text COLLATE "C" NOT NULL DEFAULT 'on_demand'
                       CHECK (pricing IN ('on_demand', 'spot', 'reserved')),
    gpu                text COLLATE "C" REFERENCES cloud.gpus (name) DEFERRABLE INITIALLY DEFERRED,
    gpu_count          integer NOT NULL DEFAULT 0,
    vcpu               integer,
    ram_gib            double precision,
    local_storage_gb   double precision,
    price_per_hour_usd double precision CHECK (price_per_hour_usd > 0),
    snapshot           text COLLATE "C",
    source_id          text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    key                text COLLATE "C" GENERATED ALWAYS AS (
                           provider || '/' || instance_type || '/' || region || '/' || pricing) STORED,
    PRIMARY KEY (provider, instance_type, region, pricing)
);

CREATE TABLE IF NOT EXISTS cloud.service_prices (
    provider  text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    region    text COLLATE "C" NOT NULL DEFAULT '*',
    unit      text NOT NULL,
    price_usd double precision NOT NULL CHECK (price_usd >= 0),
    snapshot  text COLLATE "C",
    source_id text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (provider, kind, region)
);

CREATE UNIQUE INDEX IF NOT EXISTS instances_by_key ON cloud.instances (key);
CREATE INDEX IF NOT EXISTS instances_by_price ON cloud.instances (price_per_hour_usd);
CREATE INDEX IF NOT EXISTS instances_by_gpu ON cloud.instances (gpu, price_per_hour_usd);
CREATE INDEX IF NOT EXISTS instances_by_region ON cloud.instances (region);
