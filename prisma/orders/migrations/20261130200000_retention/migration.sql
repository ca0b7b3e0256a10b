-- The stored answers of a command that was closed long ago are removed. The index has the closed commands that still
-- have answers, in the order in which they are removed.
ALTER TABLE "command" ADD COLUMN "answers_removed" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "command_answers_idx" ON "command" ("closed_at") WHERE "closed_at" IS NOT NULL AND NOT "answers_removed";
