-- The same tables at the sizes of the system this continues. Vectors are left out: half a gigabyte that nothing reads.
INSERT INTO cloud.instances (provider, name, gpu_model, gpu_count, vram_gb, vcpu, ram_gb, price_hourly, regions)
SELECT 'coldcloud', 'cc-' || n, CASE WHEN n % 3 = 0 THEN NULL ELSE 'L40S' END, CASE WHEN n % 3 = 0 THEN 0 ELSE 1 END,
       CASE WHEN n % 3 = 0 THEN NULL ELSE 48 END, 16, 64, 0.7 + (n % 1000) / 1000.0, '["north-1", "north-2"]'
FROM generate_series(1, 16695) AS n;
INSERT INTO cloud.bitnami_packages (name, version, description, category, official, cncf, stars, keywords, repository)
SELECT 'chart-' || n, '1.0.' || n % 50, 'Chart number ' || n || ' for ice and snow', 'database', false, false, n % 100,
       '["ice"]', 'coldrepo-' || n % 300
FROM generate_series(1, 13435) AS n;
INSERT INTO hf.models
SELECT 'cold/model-' || n, CASE n % 3 WHEN 0 THEN 'text-generation' WHEN 1 THEN 'object-detection' ELSE 'fill-mask' END,
       'apache-2.0', n * 10, n % 500, '["ice"]'
FROM generate_series(1, 30403) AS n;
INSERT INTO hf.card_canon
SELECT 'h' || n, 'Model ' || n || ' ' || repeat('reads the ice of glacier ' || n % 977 || ' and the snow on it. ', 20)
FROM generate_series(1, 26346) AS n;
INSERT INTO hf.model_to_card SELECT 'cold/model-' || n, 'h' || 1 + n % 26346 FROM generate_series(1, 28324) AS n;
INSERT INTO hf.card_chunks (card_hash, chunk_index, chunk_text, embedding_model_name, chunker_version)
SELECT 'h' || 1 + n % 26346, n / 26346, 'a piece of a card', 'text-embedding-3-small', 'hf_chunker_v1'
FROM generate_series(1, 96193) AS n;
