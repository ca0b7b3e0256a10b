CREATE TABLE "order" (
  "id" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "customer_id" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT,
  "lines" JSONB NOT NULL,
  "total" BIGINT NOT NULL,
  "payment" TEXT NOT NULL,
  "compensation" TEXT NOT NULL,
  "attention" JSONB,
  "region" TEXT NOT NULL,
  "channel" TEXT,
  "reservation_id" TEXT,
  "ship_complete" BOOLEAN NOT NULL,
  "version" INTEGER NOT NULL,
  "stream_version" INTEGER NOT NULL,
  "saga_id" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "order_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "order_customer_id_created_at_id_idx" ON "order" ("customer_id", "created_at", "id");
CREATE INDEX "order_created_at_id_idx" ON "order" ("created_at", "id");
-- The few orders that somebody has to look at stay cheap to find among millions that are done.
CREATE INDEX "order_open_saga_idx" ON "order" ("created_at", "id")
  WHERE "status" = 'PENDING' OR "compensation" IN ('running', 'needs_attention');

CREATE TABLE "claim" (
  "caller" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "order_id" TEXT NOT NULL,
  "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "claim_pkey" PRIMARY KEY ("caller", "key")
);

CREATE TABLE "api_key" (
  "hash" TEXT NOT NULL,
  "caller" TEXT NOT NULL,
  "scopes" TEXT[],
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  "revoked_at" TIMESTAMPTZ(6),
  CONSTRAINT "api_key_pkey" PRIMARY KEY ("hash")
);

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
