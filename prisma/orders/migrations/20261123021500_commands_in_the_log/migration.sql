-- A command on an order is found by its id. What creates one goes by the order's own id, and costs nothing here.
CREATE INDEX "event_causation_idx" ON "event" ("causation") WHERE "causation" <> "correlation";
