-- The refresh that runs, or ran last: a null outcome is what is still to do, so that one that was stopped can go on.
CREATE TABLE IF NOT EXISTS catalog.refreshes (
    item       text COLLATE "C" PRIMARY KEY,
    address    text NOT NULL,
    outcome    text CHECK (outcome IN ('changed', 'unchanged', 'failed')),
    started_at timestamptz NOT NULL DEFAULT now()
);
