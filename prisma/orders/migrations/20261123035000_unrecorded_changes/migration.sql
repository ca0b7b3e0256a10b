-- Commands on orders may be kept here as well, and what only timed out is tried again without an operator.
ALTER TABLE "unrecorded_command" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'create';
UPDATE "unrecorded_command" SET "kind" = 'trip' WHERE "id" LIKE 'trp\_%';
ALTER TABLE "unrecorded_command" ALTER COLUMN "kind" DROP DEFAULT,
  ADD COLUMN "is_transient" BOOLEAN NOT NULL DEFAULT false;
