-- The metrics of every process show since when a source is silent.
CREATE TABLE "source_heard" (
  "source_id" TEXT NOT NULL,
  "heard_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "source_heard_pkey" PRIMARY KEY ("source_id")
);
