-- Models, their cards, and the embedded pieces of the cards. Copies of a model share one card.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA IF NOT EXISTS hf;

CREATE TABLE IF NOT EXISTS hf.models (
    model_id        text COLLATE "C" PRIMARY KEY,
    name            text NOT NULL,
    family          text COLLATE "C" NOT NULL,
    aliases         text[] NOT NULL DEFAULT '{}',
    domain          text COLLATE "C" NOT NULL,
    pipeline_tag    text COLLATE "C" NOT NULL,
    use_cases       text[] NOT NULL DEFAULT '{}',
    params_b        double precision,
    active_params_b double precision,
    native_dtype    text,
    weights_gib     double precision,
    architecture    jsonb NOT NULL DEFAULT '{}',
    license         text COLLATE "C",
    commercial_use  boolean,
    gated           boolean NOT NULL DEFAULT false,
    downloads       bigint,
    likes           integer,
    released        text,
    summary         text NOT NULL DEFAULT '',
    snapshot        text COLLATE "C",
    source_id       text COLLATE "C" REFERENCES catalog.sources (source_id) DEFERRABLE INITIALLY DEFERRED,
    handles         text[] GENERATED ALWAYS AS (
                        catalog.handles(aliases || name || model_id || split_part(model_id, '/', 2))) STORED,
    popularity      double precision GENERATED ALWAYS AS (
                        ln(coalesce(downloads, 0) + 1.0) + ln(coalesce(likes, 0) + 1.0)) STORED
);

CREATE TABLE IF NOT EXISTS hf.card_canon (
    card_id text COLLATE "C" PRIMARY KEY,
    snapshot text COLLATE "C",
    card    text NOT NULL
);

CREATE TABLE IF NOT EXISTS hf.model_to_card (
    model_id text COLLATE "C" PRIMARY KEY REFERENCES hf.models (model_id) ON DELETE CASCADE,
    card_id  text COLLATE "C" NOT NULL REFERENCES hf.card_canon (card_id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS hf.card_chunks (
    chunk_id  text COLLATE "C" PRIMARY KEY,
    card_id   text COLLATE "C" NOT NULL REFERENCES hf.card_canon (card_id) ON DELETE CASCADE,
    position  integer NOT NULL,
    content   text NOT NULL,
    embedding vector(256) NOT NULL
);

CREATE INDEX IF NOT EXISTS models_by_domain ON hf.models (domain, params_b);
CREATE INDEX IF NOT EXISTS models_by_license ON hf.models (lower(license));
CREATE INDEX IF NOT EXISTS models_by_handle ON hf.models USING gin (handles);
CREATE INDEX IF NOT EXISTS models_by_popularity ON hf.models (popularity DESC, model_id);
CREATE INDEX IF NOT EXISTS models_of_card ON hf.model_to_card (card_id);
CREATE INDEX IF NOT EXISTS chunks_of_card ON hf.card_chunks (card_id);
CREATE INDEX IF NOT EXISTS chunks_by_meaning ON hf.card_chunks
    USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64);

-- A chunk beside the facts its models are filtered by: what the vector search reads.
CREATE OR REPLACE VIEW hf.model_chunks AS
SELECT chunk.chunk_id, chunk.content, chunk.embedding, model.model_id,
       model.domain, model.pipeline_tag, lower(model.license) AS license, model.commercial_use, model.gated, model.params_b
FROM hf.card_chunks AS chunk
JOIN hf.model_to_card USING (card_id)
JOIN hf.models AS model USING (model_id);
