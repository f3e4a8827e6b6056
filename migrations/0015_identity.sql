-- The accounts of the built-in identity provider, what keeps people signed in, and the page's sessions.
-- Tokens are stored as SHA-256 of what the client holds: whoever reads these tables can sign in as nobody.
CREATE SCHEMA IF NOT EXISTS stack8s_identity;

CREATE TABLE IF NOT EXISTS stack8s_identity.accounts (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email         text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- One row a token; all that descend from one sign-in are a family, and a token used twice ends its family.
CREATE TABLE IF NOT EXISTS stack8s_identity.refresh_tokens (
    token_hash bytea PRIMARY KEY,
    family     uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES stack8s_identity.accounts (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX IF NOT EXISTS refresh_tokens_of_family ON stack8s_identity.refresh_tokens (family);
CREATE INDEX IF NOT EXISTS refresh_tokens_of_account ON stack8s_identity.refresh_tokens (account_id);

CREATE TABLE IF NOT EXISTS stack8s_identity.sessions (
    token_hash bytea PRIMARY KEY,
    user_id    text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON stack8s_identity.sessions (expires_at);
