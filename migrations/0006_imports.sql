-- What imports refused row by row, and what the last of them changed.
CREATE TABLE IF NOT EXISTS catalog.quarantine (
    snapshot text COLLATE "C" NOT NULL,
    kind     text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    file     text COLLATE "C" NOT NULL,
    line     integer NOT NULL,
    item     text COLLATE "C" NOT NULL,
    rule     text COLLATE "C" NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (snapshot, kind, position)
);

CREATE TABLE IF NOT EXISTS catalog.imports (
    import_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    importer    text COLLATE "C" NOT NULL,
    origin      text NOT NULL,
    as_of       date NOT NULL,
    changed     boolean NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now()
);

-- Of the last import only. A null `before` is a new row, a null `after` one that is gone.
CREATE TABLE IF NOT EXISTS catalog.changes (
    kind   text COLLATE "C" NOT NULL,
    key    text COLLATE "C" NOT NULL,
    change text COLLATE "C" NOT NULL CHECK (change IN ('new', 'gone', 'moved')),
    before text,
    after  text,
    PRIMARY KEY (kind, key)
);

-- Pieces of cards that an import has embedded and not yet put in service: what a killed import need not do again.
CREATE TABLE IF NOT EXISTS catalog.staged_chunks (
    card_id   text COLLATE "C" NOT NULL,
    position  integer NOT NULL,
    content   text NOT NULL,
    embedding vector(256) NOT NULL,
    embedder  text COLLATE "C" NOT NULL,
    chunker   text COLLATE "C" NOT NULL,
    PRIMARY KEY (card_id, position)
);

-- An import and the starter catalogue are told apart machine by machine.
CREATE INDEX IF NOT EXISTS instances_of_snapshot ON cloud.instances (snapshot);
CREATE INDEX IF NOT EXISTS models_of_snapshot ON hf.models (snapshot);
CREATE INDEX IF NOT EXISTS cards_of_snapshot ON hf.card_canon (snapshot);
