-- The checklist: the steps of plans, and what users add themselves. A step that its user took off stays, hidden: the next
-- version of the plan must not bring it back.
CREATE TABLE IF NOT EXISTS chat.tasks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner           text,
    conversation_id uuid REFERENCES chat.conversations (id) ON DELETE CASCADE,
    title           text NOT NULL CHECK (title <> ''),
    detail          text NOT NULL DEFAULT '',
    position        integer NOT NULL,
    due             date,
    done_at         timestamptz,
    step            integer,
    step_title      text,
    step_digest     text,
    done_digest     text,
    deleted_at      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS tasks_of_conversation ON chat.tasks (conversation_id, position, id);
CREATE INDEX IF NOT EXISTS tasks_of_owner ON chat.tasks (owner, conversation_id, position, id);

-- What a message did to the checklist, so that the retry of a turn that was cut short does nothing twice.
CREATE TABLE IF NOT EXISTS chat.task_turns (
    message_id bigint PRIMARY KEY REFERENCES chat.messages (id) ON DELETE CASCADE,
    told       jsonb NOT NULL
);
