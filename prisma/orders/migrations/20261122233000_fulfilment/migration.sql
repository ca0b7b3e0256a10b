ALTER TABLE "order"
  ADD COLUMN "shipments" JSONB NOT NULL DEFAULT '[]',
  ADD COLUMN "pending" JSONB,
  ADD COLUMN "last_command" JSONB,
  ADD COLUMN "early_fills" JSONB NOT NULL DEFAULT '[]';

-- What was approved before there were shipments has its units where its nodes have them, and no shipment.
UPDATE "order" SET "lines" = coalesce((
  SELECT jsonb_agg(jsonb_build_object('lineId', line->'lineId', 'sku', line->'sku', 'quantity', line->'quantity',
    'unitPrice', line->'unitPrice', 'waits', '[]'::jsonb, 'cancelled', 0, 'refusals', 0,
    'committed', coalesce((
      SELECT jsonb_agg(jsonb_build_object('nodeId', source->'nodeId', 'quantity', source->'quantity') ORDER BY at)
      FROM jsonb_array_elements(line->'sources') WITH ORDINALITY AS s(source, at)), '[]')) ORDER BY position)
  FROM jsonb_array_elements("lines") WITH ORDINALITY AS l(line, position)), '[]');

-- The few orders that a saga has for itself are found when that saga is lost.
CREATE INDEX "order_taken_idx" ON "order" ("updated_at", "id") WHERE "pending" IS NOT NULL;

CREATE TABLE "shipment" (
  "id" TEXT NOT NULL,
  "order_id" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "due_at" TIMESTAMPTZ(3),
  CONSTRAINT "shipment_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "shipment_due_at_idx" ON "shipment" ("due_at", "id") WHERE "due_at" IS NOT NULL;

CREATE TABLE "step_answer" (
  "command_id" TEXT NOT NULL,
  "step" TEXT NOT NULL,
  "answer" JSONB NOT NULL,
  "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "step_answer_pkey" PRIMARY KEY ("command_id", "step")
);
