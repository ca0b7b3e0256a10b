-- A command on an order is found by its id. What creates one goes by the order's own id, and costs nothing here.
-- On a log of millions an operator has built it before, beside the writers.
CREATE INDEX IF NOT EXISTS "event_causation_idx" ON "event" ("causation") WHERE "causation" <> "correlation";
