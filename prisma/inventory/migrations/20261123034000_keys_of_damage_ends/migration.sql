-- Keys of reservations are none of what is said of damaged units: the same one may stand for one of each.
CREATE TABLE "damage_end_claim" (
  "caller" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "command_id" TEXT NOT NULL,
  "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "damage_end_claim_pkey" PRIMARY KEY ("caller", "key")
);
WITH moved AS (
  DELETE FROM "claim" WHERE "reservation_id" LIKE 'cmd\_%'
  RETURNING "caller", "key", "fingerprint", "reservation_id", "claimed_at")
INSERT INTO "damage_end_claim" SELECT * FROM moved;
