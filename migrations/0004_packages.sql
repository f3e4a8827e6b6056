-- Helm charts. `document` is what a search reads: the name weighs most, the description least.
CREATE TABLE IF NOT EXISTS cloud.bitnami_packages (
    key                text COLLATE "C" PRIMARY KEY,
    name               text COLLATE "C" NOT NULL,
    display_name       text NOT NULL,
    repository         text COLLATE "C" NOT NULL,
    repository_url     text,
    version            text NOT NULL,
    versions           text[] NOT NULL DEFAULT '{}',
    app_version        text,
    category           text COLLATE "C" NOT NULL,
    description        text NOT NULL DEFAULT '',
    keywords           text[] NOT NULL DEFAULT '{}',
    aliases            text[] NOT NULL DEFAULT '{}',
    alternatives       text[] NOT NULL DEFAULT '{}',
    license            text,
    official           boolean NOT NULL DEFAULT false,
    deprecated         boolean NOT NULL DEFAULT false,
    stars              integer,
    cpu_request        double precision,
    memory_request_gib double precision,
    home               text,
    snapshot           text COLLATE "C",
    source_id          text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (repository, name)
);

-- array_to_string is only stable for any type; for text it is immutable, which a generated column needs.
CREATE OR REPLACE FUNCTION cloud.words(parts text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_to_string(parts, ' ') $$;

ALTER TABLE cloud.bitnami_packages ADD COLUMN IF NOT EXISTS document tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', replace(name, '-', ' ') || ' ' || display_name || ' ' || cloud.words(aliases)), 'A')
    || setweight(to_tsvector('english', cloud.words(keywords) || ' ' || replace(category, '_', ' ')), 'B')
    || setweight(to_tsvector('english', description), 'C')
) STORED;

-- How a name is compared: letters and digits only, so that "cert manager" is cert-manager.
CREATE OR REPLACE FUNCTION catalog.squash(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT regexp_replace(lower(name), '[^a-z0-9]+', '', 'g') $$;

CREATE OR REPLACE FUNCTION catalog.handles(names text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_agg(DISTINCT catalog.squash(n)) FROM unnest(names) AS n $$;

ALTER TABLE cloud.bitnami_packages ADD COLUMN IF NOT EXISTS handles text[]
    GENERATED ALWAYS AS (catalog.handles(aliases || name || key || display_name)) STORED;

CREATE INDEX IF NOT EXISTS packages_by_handle ON cloud.bitnami_packages USING gin (handles);
CREATE INDEX IF NOT EXISTS packages_by_document ON cloud.bitnami_packages USING gin (document);
CREATE INDEX IF NOT EXISTS packages_by_name ON cloud.bitnami_packages (lower(name) text_pattern_ops);
CREATE INDEX IF NOT EXISTS packages_by_category ON cloud.bitnami_packages (category);
