-- Stale counts are removed in the order in which they were received.
CREATE INDEX "stale_count_received_at_idx" ON "stale_count" ("received_at");
