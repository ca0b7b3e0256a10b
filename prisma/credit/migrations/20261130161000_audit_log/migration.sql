-- Acts of admins and operators. `at` is the moment on the database's clock, `detail` what the act was given.
CREATE TABLE "audit_log" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "caller" TEXT NOT NULL,
  "key_id" TEXT,
  "act" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "detail" JSONB NOT NULL,
  CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_log_at_id_idx" ON "audit_log" ("at", "id");
CREATE INDEX "audit_log_caller_at_id_idx" ON "audit_log" ("caller", "at", "id");
CREATE INDEX "audit_log_act_at_id_idx" ON "audit_log" ("act", "at", "id");

-- A setting is an act too. Its event names the act, and is not repeated in the table.
ALTER TABLE "event" ADD COLUMN "act" TEXT;
CREATE INDEX "event_settings_idx" ON "event" ("occurred_at", "id") WHERE "act" IS NOT NULL;
CREATE INDEX "event_settings_caller_idx" ON "event" ("caller", "occurred_at", "id") WHERE "act" IS NOT NULL;
CREATE INDEX "event_settings_act_idx" ON "event" ("act", "occurred_at", "id") WHERE "act" IS NOT NULL;

CREATE OR REPLACE FUNCTION "refuse_change_of_log"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_log_is_append_only" BEFORE UPDATE OR DELETE ON "audit_log"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_log"();
CREATE TRIGGER "audit_log_is_never_truncated" BEFORE TRUNCATE ON "audit_log"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();

-- The audit log says who dropped a parked event, and why.
ALTER TABLE "parked_event" DROP COLUMN "dropped_by", DROP COLUMN "note";
