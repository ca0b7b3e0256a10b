CREATE TABLE "trip" (
  "id" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "traveller" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT,
  "bookings" JSONB NOT NULL,
  "compensation" TEXT NOT NULL,
  "attention" JSONB,
  "stream_version" INTEGER NOT NULL,
  "saga_id" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "trip_pkey" PRIMARY KEY ("id")
);
-- As for orders: the few that somebody has to look at stay cheap to find.
CREATE INDEX "trip_open_saga_idx" ON "trip" ("created_at", "id")
  WHERE "status" = 'PENDING' OR "compensation" IN ('running', 'needs_attention');

CREATE TABLE "trip_claim" (
  "caller" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "trip_id" TEXT NOT NULL,
  "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "trip_claim_pkey" PRIMARY KEY ("caller", "key")
);
