-- The few shipments that have left and were not captured are found by operators among all that wait for their nodes.
CREATE INDEX "shipment_to_capture_idx" ON "shipment" ("order_id")
  WHERE "state" IN ('SHIPPED', 'DELIVERED') AND "due_at" IS NOT NULL;
