CREATE TABLE "account" (
  "customer_id" TEXT NOT NULL,
  "currency" TEXT,
  "limit" BIGINT NOT NULL,
  "held" BIGINT NOT NULL CHECK ("held" >= 0),
  "captured_unpaid" BIGINT NOT NULL CHECK ("captured_unpaid" >= 0),
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "account_pkey" PRIMARY KEY ("customer_id")
);

CREATE TABLE "hold" (
  "order_id" TEXT NOT NULL,
  "customer_id" TEXT NOT NULL,
  "amount" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  CONSTRAINT "hold_pkey" PRIMARY KEY ("order_id")
);
CREATE INDEX "hold_customer_id_idx" ON "hold" ("customer_id");

CREATE TABLE "step_answer" (
  "command_id" TEXT NOT NULL,
  "step" TEXT NOT NULL,
  "answer" JSONB NOT NULL,
  "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "step_answer_pkey" PRIMARY KEY ("command_id", "step")
);

-- The log. Position is the order of insertion, version is gap-free per stream.
CREATE TABLE "event" (
  "position" BIGSERIAL NOT NULL,
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "stream" TEXT NOT NULL,
  "key" JSONB NOT NULL,
  "version" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "data" JSONB NOT NULL,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  "causation" TEXT NOT NULL,
  "correlation" TEXT NOT NULL,
  "traceparent" TEXT,
  "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT "event_pkey" PRIMARY KEY ("position")
);
CREATE UNIQUE INDEX "event_stream_version_key" ON "event" ("stream", "version");
CREATE INDEX "event_correlation_idx" ON "event" ("correlation");

-- States of long streams as of some of their events, for reads of the past; a copy of the log that may be deleted.
CREATE TABLE "fold_snapshot" (
  "stream" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "revision" INTEGER NOT NULL,
  "state" JSONB NOT NULL,
  CONSTRAINT "fold_snapshot_pkey" PRIMARY KEY ("stream", "version")
);

-- A logged event is a fact: whoever wants to change one is refused by the database itself.
CREATE FUNCTION "refuse_change_of_log"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "event_is_append_only" BEFORE UPDATE OR DELETE ON "event"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_log"();
CREATE TRIGGER "event_is_never_truncated" BEFORE TRUNCATE ON "event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();

-- One way to write a moment everywhere: RFC 3339, UTC, milliseconds; it sorts as text.
CREATE FUNCTION "iso"(moment TIMESTAMPTZ) RETURNS TEXT LANGUAGE sql STABLE AS $$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The followers of the log and their checkpoints: everything that `read_up_to` saw, and, of what `window` saw beyond
-- that, everything up to `position`. `restart_at`: a requested restart, 'start' or a moment. `owner`: the process that
-- runs a reaction, until `leased_until`. `peer`: identifies the data at the party that a reaction writes to.
CREATE TABLE "subscription" (
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "read_up_to" pg_snapshot NOT NULL,
  "window" pg_snapshot,
  "position" BIGINT,
  "last_position" BIGINT,
  "restart_at" TEXT,
  "owner" TEXT,
  "leased_until" TIMESTAMPTZ(3),
  "peer" TEXT,
  "moved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "failure" TEXT,
  "failed_at" TIMESTAMPTZ(3),
  CONSTRAINT "subscription_pkey" PRIMARY KEY ("name")
);

-- Events that a handler failed on, set aside. `retry_at`: a requested retry. A dropped event stays, with its note.
CREATE TABLE "parked_event" (
  "subscription" TEXT NOT NULL,
  "position" BIGINT NOT NULL,
  "event_id" UUID NOT NULL,
  "stream" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "failure" TEXT NOT NULL,
  "parked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "retry_at" TIMESTAMPTZ(3),
  "dropped_at" TIMESTAMPTZ(3),
  "dropped_by" TEXT,
  "note" TEXT,
  CONSTRAINT "parked_event_pkey" PRIMARY KEY ("subscription", "position")
);
