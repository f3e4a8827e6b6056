-- What was loaded from where: one row per loaded set of facts, and the sources their rows cite. Every table of
-- facts names in `snapshot` the set that its rows belong to, so that a set can be replaced without the others.
CREATE SCHEMA IF NOT EXISTS catalog;

CREATE TABLE IF NOT EXISTS catalog.snapshots (
    source    text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL CHECK (kind IN ('compute', 'models', 'charts')),
    as_of     date NOT NULL,
    sha256    text NOT NULL,
    rows      integer NOT NULL,
    embedder  text,
    chunker   text,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, kind)
);

CREATE TABLE IF NOT EXISTS catalog.sources (
    source_id text COLLATE "C" PRIMARY KEY,
    snapshot  text COLLATE "C",
    kind      text COLLATE "C",
    name      text NOT NULL,
    url       text,
    licence   text,
    as_of     date NOT NULL
);
