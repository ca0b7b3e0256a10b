-- Units that have left a node, or were found missing there: a count that comes later and was taken earlier still
-- contains them. Below zero: units that came back, which such a count does not contain. `sections`: of each source, the
-- section they were taken from, or put into.
CREATE TABLE "departure" (
  "id" BIGSERIAL NOT NULL,
  "sku" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "quantity" BIGINT NOT NULL CHECK ("quantity" <> 0),
  "granted_at" TIMESTAMPTZ(3) NOT NULL,
  "left_at" TIMESTAMPTZ(3) NOT NULL,
  "sections" JSONB NOT NULL,
  CONSTRAINT "departure_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "departure_sku_node_id_left_at_idx" ON "departure" ("sku", "node_id", "left_at");

-- A feed looks for departures only where there are any that it may not know of.
ALTER TABLE "stock" ADD COLUMN "last_left_at" TIMESTAMPTZ(3);

-- Supply as it was stored before anything left; src/domain/inventory/supply.ts reads old events alike.
UPDATE "stock" SET "supplies" = (
  SELECT coalesce(jsonb_agg(entry || '{"gone": 0}' ORDER BY at), '[]')
  FROM jsonb_array_elements("supplies") WITH ORDINALITY AS s(entry, at))
WHERE "supplies" <> '[]';

ALTER TABLE "reservation"
  ADD COLUMN "consumed" JSONB NOT NULL DEFAULT '[]',
  ADD COLUMN "filled" JSONB NOT NULL DEFAULT '[]',
  ADD COLUMN "extensions" JSONB NOT NULL DEFAULT '[]';

-- Shelves as they were encoded before say nothing of what has left: they are folded from the log again.
DELETE FROM "availability_shelf";
