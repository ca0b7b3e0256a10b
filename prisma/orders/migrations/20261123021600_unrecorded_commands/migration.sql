CREATE TABLE "unrecorded_command" (
  "id" TEXT NOT NULL,
  "input" TEXT NOT NULL,
  "failure" TEXT NOT NULL,
  "noted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "resolution" JSONB,
  CONSTRAINT "unrecorded_command_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "unrecorded_command_open_idx" ON "unrecorded_command" ("noted_at", "id") WHERE "resolution" IS NULL;
