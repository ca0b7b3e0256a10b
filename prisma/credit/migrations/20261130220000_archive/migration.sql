-- The spans of the log that were archived, in order. A row without `started_at` is a plan: its file is being written. The
-- log starts after `last` of the newest row that has it. `seen`: only events that this snapshot sees are archived.
CREATE TABLE "log_archive" (
  "last" BIGINT NOT NULL,
  "after" BIGINT NOT NULL,
  "seen" pg_snapshot NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL,
  "last_transaction" xid8 NOT NULL,
  "events" BIGINT NOT NULL,
  "planned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "file" TEXT,
  "started_at" TIMESTAMPTZ(3),
  "started_in" xid8,
  "removed" BIGINT NOT NULL DEFAULT 0,
  "removed_at" TIMESTAMPTZ(3),
  CONSTRAINT "log_archive_pkey" PRIMARY KEY ("last")
);
CREATE VIEW "log_start" AS
SELECT "last", "until", "last_transaction", "started_in", "started_at" FROM "log_archive"
WHERE "started_at" IS NOT NULL ORDER BY "last" DESC LIMIT 1;

-- The state of each stream whose first events were archived, as of the last of them. Folds begin with it.
CREATE TABLE "stream_start" (
  "stream" TEXT NOT NULL,
  "key" JSONB NOT NULL,
  "version" INTEGER NOT NULL,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "state" JSONB NOT NULL,
  "past" JSONB NOT NULL,
  CONSTRAINT "stream_start_pkey" PRIMARY KEY ("stream")
);

-- The log stays append-only: only events that were archived may be deleted. Acts of the audit log never are.
CREATE FUNCTION "refuse_change_of_event"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.act IS NULL AND OLD.position <= (SELECT last FROM log_start) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the table event is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
DROP TRIGGER "event_is_append_only" ON "event";
CREATE TRIGGER "event_is_append_only" BEFORE UPDATE OR DELETE ON "event"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_event"();
