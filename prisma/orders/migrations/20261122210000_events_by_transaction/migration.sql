-- How a reader finds what has been committed since it looked last.
CREATE INDEX "event_transaction_id_position_idx" ON "event" ("transaction_id", "position");
