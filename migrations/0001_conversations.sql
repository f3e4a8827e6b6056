-- Who talks to us, and what was said. The graph's state is in LangGraph's own tables, under the same id.
CREATE SCHEMA IF NOT EXISTS chat;

CREATE TABLE IF NOT EXISTS chat.conversations (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner       text,
    title       text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease_token uuid
);

CREATE TABLE IF NOT EXISTS chat.messages (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    turn            integer NOT NULL,
    role            text NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
    content         text NOT NULL,
    payload         jsonb,
    idempotency_key text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, idempotency_key, role)
);

CREATE INDEX IF NOT EXISTS conversations_of_owner ON chat.conversations (owner, updated_at DESC, id);
CREATE INDEX IF NOT EXISTS messages_in_order ON chat.messages (conversation_id, turn, id);

CREATE OR REPLACE FUNCTION chat.touch_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION chat.touch_conversation_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.conversations SET updated_at = clock_timestamp() WHERE id = NEW.conversation_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER conversations_updated BEFORE UPDATE ON chat.conversations
    FOR EACH ROW EXECUTE FUNCTION chat.touch_conversation();

CREATE OR REPLACE TRIGGER messages_added AFTER INSERT ON chat.messages
    FOR EACH ROW EXECUTE FUNCTION chat.touch_conversation_of_message();
