-- The owner of the API key that caused an event, or 'system'. The default is for events from before this column, and
-- for processes of an earlier version during an upgrade.
ALTER TABLE "event" ADD COLUMN "caller" TEXT NOT NULL DEFAULT 'unknown', ADD COLUMN "key_id" TEXT;

-- The API key that sent a command; null for commands of Holdfast itself.
ALTER TABLE "command" ADD COLUMN "key_id" TEXT;
