-- What was read of the first system's tables, kind by kind: the same stamp, and there is nothing to read again.
CREATE TABLE IF NOT EXISTS catalog.adopted (
    kind  text COLLATE "C" PRIMARY KEY,
    stamp text NOT NULL
);
