CREATE TABLE "node" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "region" TEXT NOT NULL,
  "priority" INTEGER NOT NULL,
  "enabled" BOOLEAN NOT NULL,
  "safety_stock" INTEGER NOT NULL,
  "feed_ttl_seconds" INTEGER,
  "set_at" TIMESTAMPTZ(3) NOT NULL,
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "node_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "source" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "basis" TEXT NOT NULL,
  "authority" INTEGER NOT NULL,
  "nodes" TEXT[],
  "forms" JSONB NOT NULL,
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "source_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "source_nodes_idx" ON "source" USING GIN ("nodes");

CREATE TABLE "item" (
  "sku" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "backorder" JSONB NOT NULL,
  "per_order_max" INTEGER,
  "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "item_pkey" PRIMARY KEY ("sku")
);

CREATE TABLE "stock" (
  "sku" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "supplies" JSONB NOT NULL,
  "unavailable" BIGINT NOT NULL CHECK ("unavailable" >= 0),
  "held" BIGINT NOT NULL CHECK ("held" >= 0),
  "committed" BIGINT NOT NULL CHECK ("committed" >= 0),
  "claims_count_from" TIMESTAMPTZ(3),
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "stock_pkey" PRIMARY KEY ("sku", "node_id")
);

CREATE TABLE "reservation" (
  "id" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "order_id" TEXT,
  "state" TEXT NOT NULL,
  "lines" JSONB NOT NULL,
  "allocations" JSONB NOT NULL,
  "expires_at" TIMESTAMPTZ(3),
  "reason" TEXT,
  "stream_version" INTEGER NOT NULL,
  "partner_requests" JSONB NOT NULL DEFAULT '[]',
  "ship_complete" BOOLEAN NOT NULL DEFAULT false,
  "max_shipments" INTEGER,
  CONSTRAINT "reservation_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "reservation_order_id_key" ON "reservation" ("order_id");
-- What the sweep looks for.
CREATE INDEX "reservation_due_idx" ON "reservation" ("expires_at") WHERE "state" = 'HELD';

CREATE TABLE "claim" (
  "caller" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "reservation_id" TEXT NOT NULL,
  "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "claim_pkey" PRIMARY KEY ("caller", "key")
);

CREATE TABLE "allocation" (
  "reservation_id" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "quantity" BIGINT NOT NULL CHECK ("quantity" > 0),
  "state" TEXT NOT NULL,
  "granted_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3),
  CONSTRAINT "allocation_pkey" PRIMARY KEY ("reservation_id", "sku", "node_id")
);
CREATE INDEX "allocation_sku_node_id_granted_at_reservation_id_idx"
  ON "allocation" ("sku", "node_id", "granted_at", "reservation_id");
CREATE INDEX "allocation_node_id_reservation_id_idx" ON "allocation" ("node_id", "reservation_id");
CREATE INDEX "allocation_held_idx" ON "allocation" ("sku", "node_id") WHERE "state" = 'HELD';

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
-- The caps that have ever limited an item, for availability as of a past moment.
CREATE INDEX "event_capped_skus_idx" ON "event" USING GIN (("data"->'skus')) WHERE "type" = 'inventory.cap-set.v1';

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

-- The facts of one item at one node as decisions read them: sums and rows, no judgement. Holds whose time is up
-- are left out here, by the clock of this very read (one moment for the whole statement, which begins after the
-- locks were taken), so their stock is free whether or not anything has swept.
CREATE VIEW "stock_facts" AS
SELECT s.sku, s.node_id, s.supplies, s.unavailable, s.held, s.committed, s.stream_version,
  live.held AS held_now,
  CASE WHEN s.claims_count_from IS NOT NULL THEN later.held END AS held_since_count,
  CASE WHEN s.claims_count_from IS NOT NULL THEN later.committed END AS committed_since_count
FROM stock s
CROSS JOIN LATERAL (
  SELECT coalesce(sum(a.quantity), 0) AS held FROM allocation a
  WHERE s.held > 0 AND a.sku = s.sku AND a.node_id = s.node_id AND a.state = 'HELD'
    AND a.expires_at > statement_timestamp()) live
CROSS JOIN LATERAL (
  SELECT coalesce(sum(a.quantity) FILTER (WHERE a.state = 'HELD' AND a.expires_at > statement_timestamp()), 0) AS held,
    coalesce(sum(a.quantity) FILTER (WHERE a.state = 'COMMITTED'), 0) AS committed
  FROM allocation a
  WHERE s.claims_count_from IS NOT NULL AND a.sku = s.sku AND a.node_id = s.node_id
    AND a.granted_at >= s.claims_count_from) later;
