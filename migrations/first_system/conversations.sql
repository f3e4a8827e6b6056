-- Conversations of the first system and what was said in them, in our own columns.
CREATE OR REPLACE VIEW stack8s_first.conversations AS
SELECT id AS conversation_id, user_id::text AS owner, coalesce(title, '') AS title, created_at, updated_at
FROM chat.conversations;

CREATE OR REPLACE VIEW stack8s_first.messages AS
SELECT conversation_id, role, content, created_at,
       row_number() OVER (PARTITION BY conversation_id ORDER BY created_at, id) AS id,
       greatest(count(*) FILTER (WHERE role = 'user')
                OVER (PARTITION BY conversation_id ORDER BY created_at, id) - 1, 0) AS turn
FROM chat.messages;
