-- Every movement a source has told, those too that the newest count contains: one that comes again is known, and a
-- count that comes late adds up those above it. Section '': the source reports the node as a whole. "epoch": of the
-- form in which the source reports the node.
CREATE TABLE "supply_movement" (
  "source_id" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "section" TEXT NOT NULL,
  "epoch" BIGINT NOT NULL,
  "sequence" BIGINT NOT NULL,
  "movement" BIGINT NOT NULL,
  "message_id" TEXT NOT NULL,
  "observed_at" TIMESTAMPTZ(3) NOT NULL,
  "received_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "supply_movement_pkey" PRIMARY KEY ("source_id", "sku", "node_id", "section", "epoch", "sequence")
);

-- Counts that were heard and not applied: a newer one was there. A record for people; nothing is decided by it.
CREATE TABLE "stale_count" (
  "source_id" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "section" TEXT NOT NULL,
  "sequence" BIGINT NOT NULL,
  "count" BIGINT NOT NULL,
  "message_id" TEXT NOT NULL,
  "observed_at" TIMESTAMPTZ(3) NOT NULL,
  "received_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "stale_count_pkey" PRIMARY KEY ("source_id", "sku", "node_id", "section", "sequence")
);

-- What the watch over silent feeds looks for: the oldest word of a row whose expiry is not noted (that, or earlier: it
-- is raised only when it is looked at, so that a count writes into no index), and the shortest time-to-live under which one was noted (a node given more time since may have run out of that as well).
ALTER TABLE "stock"
  ADD COLUMN "zeroed_at" TIMESTAMPTZ(3),
  ADD COLUMN "restored_at" TIMESTAMPTZ(3),
  ADD COLUMN "supply_unnoted_since" TIMESTAMPTZ(3),
  ADD COLUMN "supply_noted_ttl" INTEGER,
  -- The newest count of each source and section that repeated the one before it. It is in the log of freshness, and
  -- not in the stock's own (src/domain/inventory/supply/freshness.ts).
  ADD COLUMN "repeated" JSONB NOT NULL DEFAULT '[]';
-- Room for the new version of each row beside the old one: feeds write whole pages of them again.
ALTER TABLE "stock" SET (fillfactor = 50);
CREATE INDEX "stock_unnoted_idx" ON "stock" ("node_id", "supply_unnoted_since") WHERE "supply_unnoted_since" IS NOT NULL;
CREATE INDEX "stock_noted_idx" ON "stock" ("node_id", "supply_noted_ttl") WHERE "supply_noted_ttl" IS NOT NULL;

-- Supply as it was stored before movements; src/domain/inventory/supply.ts reads old events alike.
UPDATE "stock" SET
  "supplies" = (
    SELECT coalesce(jsonb_agg(s || jsonb_build_object('moved', 0, 'movedThrough', NULL, 'expiryNotedTtl', NULL,
      'heardAt', least(s->>'observedAt', s->>'receivedAt'))
      ORDER BY s->>'sourceId' COLLATE "C", coalesce(s->>'section', '') COLLATE "C"), '[]')
    FROM jsonb_array_elements("supplies") AS s),
  "supply_unnoted_since" = (
    SELECT min(least((s->>'observedAt')::timestamptz, (s->>'receivedAt')::timestamptz))
    FROM jsonb_array_elements("supplies") AS s);

CREATE OR REPLACE VIEW "stock_facts" AS
SELECT s.sku, s.node_id, s.supplies, s.unavailable, s.held, s.committed, s.stream_version,
  live.held AS held_now,
  CASE WHEN s.claims_count_from IS NOT NULL THEN later.held END AS held_since_count,
  CASE WHEN s.claims_count_from IS NOT NULL THEN later.committed END AS committed_since_count,
  s.zeroed_at, s.restored_at, s.repeated
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

-- The log of a source's repeated counts at a node.
CREATE TABLE "freshness" (
  "source_id" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "freshness_pkey" PRIMARY KEY ("source_id", "node_id")
);
