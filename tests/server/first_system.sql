-- A small database of the system this continues: its schemas, tables and columns, with rows of our own.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA chat;
CREATE SCHEMA cloud;
CREATE SCHEMA hf;
CREATE TABLE chat.conversations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, title text,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE chat.messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('user', 'assistant', 'system')), content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE cloud.instances (
    id bigserial PRIMARY KEY, provider text, name text, gpu_model text, gpu_count int, vram_gb numeric, vcpu int,
    ram_gb numeric, network_gbps numeric, price_hourly numeric, price_monthly numeric, regions jsonb);
CREATE TABLE cloud.bitnami_packages (
    id bigserial PRIMARY KEY, name text, version text, description text, category text, official boolean, cncf boolean,
    stars int, keywords jsonb, repository text, search_tsv tsvector);
CREATE TABLE hf.models (
    model_id text PRIMARY KEY, pipeline_tag text, license text, downloads bigint, likes int, tags jsonb);
CREATE TABLE hf.card_canon (card_hash text PRIMARY KEY, card_text text);
CREATE TABLE hf.model_to_card (
    model_id text REFERENCES hf.models, card_hash text REFERENCES hf.card_canon);
CREATE TABLE hf.card_chunks (
    id bigserial PRIMARY KEY, card_hash text REFERENCES hf.card_canon, chunk_index int, chunk_text text,
    embedding vector(1536), embedding_model_name text, chunker_version text);

INSERT INTO chat.conversations (id, user_id, title)
VALUES ('0b8f8a52-0c2e-4b7e-9c55-6f2d1d9f0a01', '9b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d', 'an old one');
INSERT INTO chat.messages (conversation_id, role, content, created_at) VALUES
    ('0b8f8a52-0c2e-4b7e-9c55-6f2d1d9f0a01', 'user', 'what was asked long ago', now() - interval '2 minutes'),
    ('0b8f8a52-0c2e-4b7e-9c55-6f2d1d9f0a01', 'assistant', 'what was answered', now() - interval '1 minute');
INSERT INTO cloud.instances (provider, name, gpu_model, gpu_count, vram_gb, vcpu, ram_gb, price_hourly, price_monthly, regions)
VALUES
    ('coldcloud', 'cc-a40', 'A40', 1, 48, 9, 50, 0.41, 299.3, '["north-1", "north-2"]'),
    ('coldcloud', 'cc-l40s', 'L40S', 1, 48, 16, 64, NULL, 730, '["north-1"]'),
    ('coldcloud', 'cc-free', 'A40', 1, 48, 9, 50, 0.0001, 0.07, '["north-1"]'),
    ('coldcloud', 'cc-cpu', NULL, 0, NULL, 16, 64, 0.8, 584, NULL);
INSERT INTO cloud.bitnami_packages (name, version, description, category, official, cncf, stars, keywords, repository)
VALUES
    ('coldstore', '1.2.3', 'Keeps embeddings of pictures of glaciers', 'database', false, false, 7, '["glacier"]', 'coldrepo'),
    ('coldwatch', '0.9.0', 'Watches glaciers', 'observability', false, false, NULL, NULL, 'coldrepo');
INSERT INTO hf.models VALUES
    ('cold/glacier-detector', 'object-detection', 'apache-2.0', 1234, 56, '["vision"]'),
    ('cold/glacier-writer', 'text-generation', 'mit', 99, 1, NULL);
INSERT INTO hf.card_canon VALUES
    ('c1', 'Finds calving fronts of glaciers in satellite pictures. Trained on polar ice.'),
    ('c2', 'Writes poems about frozen rivers and the ice that moves in them.');
INSERT INTO hf.model_to_card VALUES ('cold/glacier-detector', 'c1'), ('cold/glacier-writer', 'c2');
INSERT INTO hf.card_chunks (card_hash, chunk_index, chunk_text, embedding, embedding_model_name, chunker_version)
SELECT card_hash, 0, card_text, array_fill(0.1::real, ARRAY[1536])::vector, 'text-embedding-3-small', 'hf_chunker_v1'
FROM hf.card_canon;
