-- A reply is some 100 kB of JSON, of which PostgreSQL's own compression leaves half. It is kept packed; the payload of a
-- reply holds what queries ask for. Replies of earlier versions stay whole in their payload.
ALTER TABLE chat.messages ADD COLUMN IF NOT EXISTS packed_reply bytea;
ALTER TABLE chat.messages ALTER COLUMN packed_reply SET STORAGE EXTERNAL;  -- packed already
