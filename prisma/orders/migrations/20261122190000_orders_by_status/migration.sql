-- Orders of one status, newest first: without it a rare status is looked for among all orders ever made.
CREATE INDEX "order_status_created_at_id_idx" ON "order" ("status", "created_at", "id");
