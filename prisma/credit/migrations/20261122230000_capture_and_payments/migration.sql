ALTER TABLE "hold"
  ADD COLUMN "captures" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "adjustments" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "refunds" JSONB NOT NULL DEFAULT '{}';

-- A customer may pay more than is owed, and what was paid for may be refunded: then the account is in credit.
ALTER TABLE "account" DROP CONSTRAINT "account_captured_unpaid_check";

CREATE TABLE "payment" (
  "id" TEXT NOT NULL,
  "customer_id" TEXT NOT NULL,
  "amount" BIGINT NOT NULL CHECK ("amount" > 0),
  CONSTRAINT "payment_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "payment_customer_id_idx" ON "payment" ("customer_id");
CREATE TABLE "payment_claim" (
  "caller" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "payment_id" TEXT NOT NULL,
  "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "payment_claim_pkey" PRIMARY KEY ("caller", "key")
);
