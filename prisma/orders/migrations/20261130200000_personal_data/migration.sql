-- The personal data of an order, sealed by the key of the order: what the command, the row and the event carry.
DROP INDEX "order_external_id_idx";
ALTER TABLE "order" DROP COLUMN "external_id", DROP COLUMN "metadata",
  ADD COLUMN "sealed" TEXT, ADD COLUMN "is_erased" BOOLEAN NOT NULL DEFAULT false;

-- All that makes these data readable. An erasure deletes the row.
CREATE TABLE "order_secret" (
  "order_id" TEXT NOT NULL,
  "key" BYTEA NOT NULL,
  "external_id" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "order_secret_pkey" PRIMARY KEY ("order_id")
);
-- Most orders have no external id, and are left out.
CREATE INDEX "order_secret_external_id_idx" ON "order_secret" ("external_id", "created_at", "order_id")
  WHERE "external_id" IS NOT NULL;
