CREATE TABLE "order" (
  "id" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "customer_id" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT,
  "shortages" JSONB,
  "lines" JSONB NOT NULL,
  "total" BIGINT NOT NULL,
  "payment" TEXT NOT NULL,
  "region" TEXT NOT NULL,
  "channel" TEXT,
  "reservation_id" TEXT,
  "ship_complete" BOOLEAN NOT NULL,
  "max_shipments" INTEGER,
  "version" INTEGER NOT NULL,
  "stream_version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  "shipments" JSONB NOT NULL DEFAULT '[]',
  "returns" JSONB NOT NULL DEFAULT '[]',
  "pending" JSONB,
  "last_command" JSONB,
  "early_fills" JSONB NOT NULL DEFAULT '[]',
  "last_line" INTEGER NOT NULL,
  "shipping_method" TEXT,
  "external_id" TEXT,
  "metadata" JSONB,
  CONSTRAINT "order_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "order_customer_id_created_at_id_idx" ON "order" ("customer_id", "created_at", "id");
CREATE INDEX "order_created_at_id_idx" ON "order" ("created_at", "id");
-- Orders of one status, newest first: without it a rare status is looked for among all orders ever made.
CREATE INDEX "order_status_created_at_id_idx" ON "order" ("status", "created_at", "id");
-- Most orders have no external id, and are left out.
CREATE INDEX "order_external_id_idx" ON "order" ("external_id", "created_at", "id") WHERE "external_id" IS NOT NULL;

-- By which items orders are found, newest first.
CREATE TABLE "order_item" (
  "sku" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "order_id" TEXT NOT NULL,
  CONSTRAINT "order_item_pkey" PRIMARY KEY ("sku", "created_at", "order_id")
);

CREATE TABLE "shipment" (
  "id" TEXT NOT NULL,
  "order_id" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  -- 'infinity': nothing is due.
  "due_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "shipment_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "shipment_due_at_idx" ON "shipment" ("due_at", "id") WHERE "due_at" < 'infinity';
-- What one node, or all nodes, have to do, in order of deadline.
CREATE INDEX "shipment_node_id_state_due_at_id_idx" ON "shipment" ("node_id", "state", "due_at", "id");
CREATE INDEX "shipment_state_due_at_id_idx" ON "shipment" ("state", "due_at", "id");

CREATE TABLE "trip" (
  "id" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "traveller" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT,
  "bookings" JSONB NOT NULL,
  "stream_version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "trip_pkey" PRIMARY KEY ("id")
);

-- A command that was accepted: the claim of its key, its content and decision, and how far it is.
CREATE TABLE "command" (
  "id" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "operation" TEXT NOT NULL,
  "key" TEXT,
  "fingerprint" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "wanted" JSONB NOT NULL,
  "workflow_id" TEXT NOT NULL,
  "recorded_at" TIMESTAMPTZ(3) NOT NULL,
  "decision" JSONB,
  "failure" TEXT,
  "attention" JSONB,
  "look_at" TIMESTAMPTZ(3) NOT NULL,
  "starts" INTEGER NOT NULL DEFAULT 0,
  "closed_at" TIMESTAMPTZ(3),
  CONSTRAINT "command_pkey" PRIMARY KEY ("id")
);
-- The few commands that are open stay cheap to find among millions that are closed.
CREATE INDEX "command_look_at_idx" ON "command" ("look_at") WHERE "closed_at" IS NULL AND "attention" IS NULL;
CREATE INDEX "command_open_idx" ON "command" ("recorded_at", "id") WHERE "closed_at" IS NULL;
CREATE INDEX "command_workflow_id_idx" ON "command" ("workflow_id") WHERE "closed_at" IS NULL;
CREATE INDEX "command_subject_recorded_at_id_idx" ON "command" ("subject", "recorded_at", "id");

CREATE TABLE "step_answer" (
  "command_id" TEXT NOT NULL,
  "step" TEXT NOT NULL,
  "answer" JSONB NOT NULL,
  "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "step_answer_pkey" PRIMARY KEY ("command_id", "step")
);

CREATE TABLE "api_key" (
  "id" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "scopes" TEXT[],
  "requests_per_second" INTEGER,
  "concurrency" INTEGER,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "expires_at" TIMESTAMPTZ(3),
  "used_at" TIMESTAMPTZ(3),
  "revoked_at" TIMESTAMPTZ(3),
  CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key" ("hash");
CREATE INDEX "api_key_caller_created_at_id_idx" ON "api_key" ("caller", "created_at", "id");

CREATE TABLE "lease" (
  "name" TEXT NOT NULL,
  "owner" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(6) NOT NULL,
  CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
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
-- How a reader finds what has been committed since it looked last.
CREATE INDEX "event_transaction_id_position_idx" ON "event" ("transaction_id", "position");

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

-- Endpoints of other systems that get events by HTTP. An empty filter matches everything. `failures`: failed attempts
-- since the endpoint last accepted a message. `claimed_by`: the relay that delivers to it, until `claimed_until`.
CREATE TABLE "webhook" (
  "id" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "types" TEXT[],
  "nodes" TEXT[],
  "channels" TEXT[],
  "ordered" BOOLEAN NOT NULL,
  "enabled" BOOLEAN NOT NULL,
  "disabled_reason" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "failures" INTEGER NOT NULL DEFAULT 0,
  "failure" TEXT,
  "paused_until" TIMESTAMPTZ(3),
  "accepted_at" TIMESTAMPTZ(3),
  "claimed_by" TEXT,
  "claimed_until" TIMESTAMPTZ(3),
  CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- The keys that sign messages. After a rotation the old one stays valid until `expires_at`.
CREATE TABLE "webhook_secret" (
  "webhook_id" TEXT NOT NULL,
  "secret" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "expires_at" TIMESTAMPTZ(3),
  CONSTRAINT "webhook_secret_pkey" PRIMARY KEY ("webhook_id", "secret"),
  CONSTRAINT "webhook_secret_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);

-- Events on their way to a webhook, delivered in order of `sequence`. `state`: pending, delivered or failed. `body` is
-- null once the message is delivered or given up.
CREATE TABLE "webhook_delivery" (
  "webhook_id" TEXT NOT NULL,
  "event_id" UUID NOT NULL,
  "sequence" BIGSERIAL NOT NULL,
  "type" TEXT NOT NULL,
  "stream" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "body" TEXT,
  "state" TEXT NOT NULL DEFAULT 'pending',
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "delivered_at" TIMESTAMPTZ(3),
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "first_attempt_at" TIMESTAMPTZ(3),
  "last_attempt_at" TIMESTAMPTZ(3),
  "last_status" INTEGER,
  "last_error" TEXT,
  "last_response" TEXT,
  CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("webhook_id", "event_id"),
  CONSTRAINT "webhook_delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "webhook_delivery_webhook_id_sequence_key" ON "webhook_delivery" ("webhook_id", "sequence");
-- The few that are pending stay cheap to find among all that were delivered; in strict order, also by stream.
CREATE INDEX "webhook_delivery_pending_idx" ON "webhook_delivery" ("webhook_id", "sequence") WHERE "state" = 'pending';
CREATE INDEX "webhook_delivery_stream_idx" ON "webhook_delivery" ("webhook_id", "stream", "version") WHERE "state" = 'pending';

-- The finished ones that are old enough to be removed.
CREATE INDEX "webhook_delivery_finished_idx" ON "webhook_delivery" ("last_attempt_at") WHERE "state" <> 'pending';

-- Requested replays of one log to a webhook, each with its place in the log.
CREATE TABLE "webhook_replay" (
  "webhook_id" TEXT NOT NULL,
  "log" TEXT NOT NULL,
  "from_at" TIMESTAMPTZ(3) NOT NULL,
  "cursor" JSONB,
  "owner" TEXT,
  "leased_until" TIMESTAMPTZ(3),
  CONSTRAINT "webhook_replay_pkey" PRIMARY KEY ("webhook_id", "log"),
  CONSTRAINT "webhook_replay_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);

-- Numbers counted per day from the log, by one dimension each, and thrown away at will.
CREATE TABLE "insight_count" (
  "measure" TEXT NOT NULL,
  "dimension" TEXT NOT NULL,
  "day" DATE NOT NULL,
  "key" TEXT NOT NULL,
  "units" BIGINT NOT NULL,
  CONSTRAINT "insight_count_pkey" PRIMARY KEY ("measure", "dimension", "day", "key")
);
