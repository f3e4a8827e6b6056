-- Pieces staged for one embedder stand beside those for another: neither job wipes out what the other has done.
ALTER TABLE catalog.staged_chunks DROP CONSTRAINT IF EXISTS staged_chunks_pkey;
ALTER TABLE catalog.staged_chunks ADD PRIMARY KEY (card_id, position, embedder, chunker);
