-- Each server counts its transactions by itself. On another one, where a dump was restored, new events would come before
-- those that readers have read. So the ids in the log are those of the server plus a base, which is higher on each next
-- server. A server that was restored to an earlier moment, or took over from another, is a next server too.
CREATE FUNCTION "this_server"() RETURNS TEXT LANGUAGE sql STABLE
  RETURN (SELECT system_identifier || '/' || timeline_id FROM pg_control_system(), pg_control_checkpoint());

-- The server on which the log is written, and its base. They are functions because PostgreSQL puts a constant into the
-- plan: a table would be read for each event, which takes 6 us.
DO $$
BEGIN
  EXECUTE format('CREATE FUNCTION "log_server"() RETURNS TEXT LANGUAGE sql IMMUTABLE RETURN %L', "this_server"());
END
$$;
CREATE FUNCTION "log_base"() RETURNS BIGINT LANGUAGE sql IMMUTABLE RETURN 0;

CREATE FUNCTION "log_transaction_id"() RETURNS xid8 LANGUAGE sql STABLE
  RETURN ("log_base"() + pg_current_xact_id()::TEXT::BIGINT)::TEXT::xid8;
ALTER TABLE "event" ALTER COLUMN "transaction_id" SET DEFAULT "log_transaction_id"();

-- The current snapshot, with ids as they are in the log.
CREATE FUNCTION "log_snapshot"() RETURNS pg_snapshot LANGUAGE sql STABLE
  RETURN (
    SELECT CASE WHEN "log_base"() = 0 THEN now ELSE concat(
      "log_base"() + pg_snapshot_xmin(now)::TEXT::BIGINT, ':',
      "log_base"() + pg_snapshot_xmax(now)::TEXT::BIGINT, ':',
      (SELECT string_agg(("log_base"() + id::TEXT::BIGINT)::TEXT, ',' ORDER BY id) FROM pg_snapshot_xip(now) AS id)
    )::pg_snapshot END
    FROM (SELECT pg_current_snapshot() AS now) AS current);

-- Called on each new connection, before it reads or writes the log. The lock waits for transactions that have appended
-- with the old base: a snapshot with the new one would take them for committed. No server gives 2^48 ids. It runs with the
-- rights of the role that migrates, because the processes may have a role that cannot replace functions.
CREATE FUNCTION "claim_log"() RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF "log_server"() = "this_server"() THEN RETURN; END IF;
  LOCK TABLE "event" IN SHARE ROW EXCLUSIVE MODE;
  IF "log_server"() = "this_server"() THEN RETURN; END IF;
  EXECUTE format('CREATE OR REPLACE FUNCTION "log_base"() RETURNS BIGINT LANGUAGE sql IMMUTABLE RETURN %s',
    "log_base"() + (1::BIGINT << 48));
  EXECUTE format('CREATE OR REPLACE FUNCTION "log_server"() RETURNS TEXT LANGUAGE sql IMMUTABLE RETURN %L',
    "this_server"());
END
$$;
