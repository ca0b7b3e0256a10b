-- How a reader finds what has been committed since it looked last.
CREATE INDEX "event_transaction_id_position_idx" ON "event" ("transaction_id", "position");

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

-- What availability answers from, folded from the log and thrown away at will. `version`: of the stream, as folded.
CREATE TABLE "availability_shelf" (
  "sku" TEXT NOT NULL,
  "node_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "shelf" JSONB NOT NULL,
  "change" BIGSERIAL NOT NULL,
  CONSTRAINT "availability_shelf_pkey" PRIMARY KEY ("sku", "node_id")
);
-- The order of the last changes. One transaction at a time writes the projection, so changes commit in this order.
CREATE UNIQUE INDEX "availability_shelf_change_key" ON "availability_shelf" ("change");

-- Everything beside the shelves. `skus`: the items it is about; null: all of them.
CREATE TABLE "availability_setting" (
  "kind" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "skus" TEXT[],
  "data" JSONB NOT NULL,
  CONSTRAINT "availability_setting_pkey" PRIMARY KEY ("kind", "id")
);

-- The entries of the backorder queues, each folded up to the version of its queue's setting.
CREATE TABLE "availability_backorder" (
  "sku" TEXT NOT NULL,
  "place" INTEGER NOT NULL,
  "entry" JSONB NOT NULL,
  CONSTRAINT "availability_backorder_pkey" PRIMARY KEY ("sku", "place")
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
