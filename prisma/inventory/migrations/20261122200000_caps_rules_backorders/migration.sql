-- Who may not buy what from where: a rule denies what matches everything it names.
CREATE TABLE "eligibility_rule" (
  "id" TEXT NOT NULL,
  "sku" TEXT,
  "item_tag" TEXT,
  "node_id" TEXT,
  "region" TEXT,
  "channel" TEXT,
  "shipping_method" TEXT,
  "reason" TEXT NOT NULL,
  "is_active" BOOLEAN NOT NULL,
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "eligibility_rule_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "eligibility_rule_sku_idx" ON "eligibility_rule" ("sku");

-- How much may be sold of some items in a window of time. `used` counts every claim not given back, expired holds too.
CREATE TABLE "sales_cap" (
  "id" TEXT NOT NULL,
  "skus" TEXT[],
  "channel" TEXT,
  "customer_id" TEXT,
  "starts_at" TIMESTAMPTZ(3) NOT NULL,
  "ends_at" TIMESTAMPTZ(3) NOT NULL,
  "most" BIGINT NOT NULL,
  "is_active" BOOLEAN NOT NULL,
  "used" BIGINT NOT NULL CHECK ("used" >= 0),
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "sales_cap_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "sales_cap_skus_idx" ON "sales_cap" USING GIN ("skus");

CREATE TABLE "cap_claim" (
  "reservation_id" TEXT NOT NULL,
  "cap_id" TEXT NOT NULL,
  "quantity" BIGINT NOT NULL CHECK ("quantity" > 0),
  "expires_at" TIMESTAMPTZ(3),
  CONSTRAINT "cap_claim_pkey" PRIMARY KEY ("reservation_id", "cap_id")
);
-- Holds whose time is up give their share of a cap back at once, whether or not anything has swept.
CREATE INDEX "cap_claim_expiring_idx" ON "cap_claim" ("cap_id", "expires_at") WHERE "expires_at" IS NOT NULL;

-- Units promised without stock: one row an item for what decisions need, one row a promise for the queue.
CREATE TABLE "backorder_queue" (
  "sku" TEXT NOT NULL,
  "open" BIGINT NOT NULL CHECK ("open" >= 0),
  "placed" INTEGER NOT NULL,
  "stream_version" INTEGER NOT NULL,
  CONSTRAINT "backorder_queue_pkey" PRIMARY KEY ("sku")
);

CREATE TABLE "backorder" (
  "sku" TEXT NOT NULL,
  "place" INTEGER NOT NULL,
  "reservation_id" TEXT NOT NULL,
  "quantity" BIGINT NOT NULL CHECK ("quantity" > 0),
  -- What decides which stock the entry can use.
  "buyer" JSONB NOT NULL,
  "exclusions" JSONB NOT NULL,
  -- When the next of its exclusions ends by time.
  "retry_at" TIMESTAMPTZ(3),
  CONSTRAINT "backorder_pkey" PRIMARY KEY ("sku", "place")
);
CREATE INDEX "backorder_retry_at_idx" ON "backorder" ("retry_at") WHERE "retry_at" IS NOT NULL;
CREATE INDEX "backorder_reservation_id_idx" ON "backorder" ("reservation_id");

ALTER TABLE "reservation"
  ADD COLUMN "buyer" JSONB,
  ADD COLUMN "caps" JSONB NOT NULL DEFAULT '[]',
  ADD COLUMN "backordered" JSONB NOT NULL DEFAULT '[]',
  ADD COLUMN "exclusions" JSONB NOT NULL DEFAULT '[]';
-- What an allocation granted before this migration did not say; src/domain/inventory/reservation.ts reads old events alike.
UPDATE "reservation" SET "allocations" = (
  SELECT coalesce(jsonb_agg(jsonb_build_object('grantedAt', '2000-01-01T00:00:00.000Z') || a), '[]')
  FROM jsonb_array_elements("allocations") AS a);

-- A reservation may get more of an item at a node it has some of already: when a backorder is filled.
ALTER TABLE "allocation" DROP CONSTRAINT "allocation_pkey",
  ADD CONSTRAINT "allocation_pkey" PRIMARY KEY ("reservation_id", "sku", "node_id", "granted_at");

-- The reservations of one customer that are still open, among all that ever were.
CREATE INDEX "reservation_customer_idx" ON "reservation" (("buyer"->>'customerId'), "id")
  WHERE "state" IN ('HELD', 'COMMITTED');
