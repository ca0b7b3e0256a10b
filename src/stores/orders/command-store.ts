import { sqltag as sql } from '@prisma/client/runtime/client';
import type { LoggedAct } from '../../contracts/audit-acts';
import { type Actor, SYSTEM } from '../../contracts/commands';
import { SAGA_STATES, type SagaState } from '../../contracts/saga-states';
import type { Attention, CommandRow } from '../../domain/command/recorded-command';
import { insertAct } from '../log/audit-log';
import type { StorePool } from '../postgres/store-pool';
import { commandRow, FIRST_LOOK_SECONDS, type StoredCommand, storedCommands } from './command-rows';

/** An open command whose saga may be lost, as the relay reads it. */
export type DueCommand = Pick<
  CommandRow,
  'id' | 'kind' | 'subject' | 'caller' | 'wanted' | 'recordedAt' | 'decision'
>;

/** A saga due for a check, with all its open commands that need no attention. */
export interface DueSaga {
  readonly workflowId: string;
  readonly starts: number;
  readonly commands: readonly DueCommand[];
}

/** The filter of a list of commands: open ones in a state, those on one order or trip, or both. */
export interface CommandFilter {
  readonly state?: SagaState | undefined;
  readonly subject?: string | undefined;
}

/** The open commands in one state, and the age of the oldest one in seconds; 0 where there is none. */
export interface OpenCommands {
  readonly state: SagaState;
  readonly count: number;
  readonly oldestSeconds: number;
}

/** A command in an operator's list, with its last failure, its last change, and who retried it last. */
export type ListedCommand = StoredCommand & {
  readonly failure: string | null;
  readonly updatedAt: string;
  readonly lastRetry: { readonly caller: string; readonly at: string } | null;
};

/** The last row of a page, from which the next page continues. */
export type CommandPosition = readonly [recordedAt: string, id: string];

/** The age from which an open command is stuck. */
export const STUCK_AFTER_SECONDS = 30;
/** The delay before the relay checks a running saga again. */
const RUNNING_LOOK_SECONDS = 10;
/** An upper bound of the size of a batch. */
const MOST_COMMANDS_A_SAGA = 100;
const LONGEST_LOOK_SECONDS = 300;
const LONGEST_FAILURE = 1_000;

const RETRY: LoggedAct = 'saga.retry';
const REOPEN: LoggedAct = 'saga.reopen';

const isOpen = sql`closed_at IS NULL AND attention IS NULL`;

/** The store of command rows, for the relay, for operators, and for workflows that detach or close commands. */
export class CommandStore {
  constructor(private readonly pool: StorePool) {}

  /** Reads commands by their ids, without ids that were never recorded. */
  commands(ids: readonly string[]): Promise<ReadonlyMap<string, StoredCommand>> {
    return storedCommands(this.pool, ids);
  }

  /** Reads all commands on some orders or trips, ordered by subject, then oldest first. */
  async bySubject(subjects: readonly string[]): Promise<readonly StoredCommand[]> {
    const rows = await this.pool.$queryRaw<{ row: StoredCommand }[]>(sql`
      SELECT ${commandRow} AS "row" FROM command c WHERE subject = ANY(${[...subjects]}::text[])
      ORDER BY subject, recorded_at, id`);
    return rows.map(({ row }) => row);
  }

  /**
   * Takes the sagas due for a check, at most `limit`, longest overdue first. It moves their next check ten seconds
   * ahead, so that no other relay checks them meanwhile. It locks the rows in order of their ids and tests them again
   * under the lock: when two relays find a saga due, the first one takes it.
   */
  async takeDue(limit: number): Promise<readonly DueSaga[]> {
    return this.pool.$queryRaw<DueSaga[]>(sql`
      WITH due AS (
        SELECT workflow_id FROM (
          SELECT workflow_id, look_at FROM command WHERE ${isOpen} AND look_at <= statement_timestamp()
          ORDER BY look_at LIMIT ${limit * MOST_COMMANDS_A_SAGA}::int) d
        GROUP BY workflow_id ORDER BY min(look_at) LIMIT ${limit}::int),
      locked AS (
        SELECT workflow_id FROM command
        WHERE workflow_id IN (SELECT workflow_id FROM due) AND ${isOpen} AND look_at <= statement_timestamp()
        ORDER BY id FOR UPDATE),
      taken AS (
        UPDATE command SET look_at = statement_timestamp() + make_interval(secs => ${RUNNING_LOOK_SECONDS}::int)
        WHERE workflow_id IN (SELECT workflow_id FROM locked) AND ${isOpen}
        RETURNING id, kind, subject, caller, wanted, recorded_at, workflow_id, starts, decision)
      SELECT workflow_id AS "workflowId", max(starts) AS starts,
        json_agg(json_build_object('id', id, 'kind', kind, 'subject', subject, 'caller', caller, 'wanted', wanted,
          'recordedAt', iso(recorded_at), 'decision', decision) ORDER BY id) AS commands
      FROM taken GROUP BY workflow_id`);
  }

  /** Records that a lost saga was started again. The delay before the next check doubles, up to five minutes. */
  async noteRestart(workflowId: string): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET starts = starts + 1, look_at = statement_timestamp() + make_interval(
        secs => least(${FIRST_LOOK_SECONDS}::int * 2 ^ (starts + 1), ${LONGEST_LOOK_SECONDS}::int))
      WHERE workflow_id = ${workflowId} AND ${isOpen}`);
  }

  /** Makes a saga due at once, after a check that got no answer. */
  async undoLook(workflowId: string): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET look_at = statement_timestamp() WHERE workflow_id = ${workflowId} AND ${isOpen}`);
  }

  /**
   * Assigns open commands to workflows of their own, before these start. Only the workflow that a row names may do so.
   * @returns the ids of the assigned commands, including those assigned by an earlier call
   */
  async detach(
    from: string,
    members: readonly { readonly id: string; readonly workflowId: string }[],
  ): Promise<readonly string[]> {
    const rows = await this.pool.$queryRaw<{ id: string }[]>(sql`
      UPDATE command SET workflow_id = m."workflowId",
        look_at = statement_timestamp() + make_interval(secs => ${FIRST_LOOK_SECONDS}::int)
      FROM jsonb_to_recordset(${JSON.stringify(members)}::jsonb) AS m(id text, "workflowId" text)
      WHERE command.id = m.id AND closed_at IS NULL AND workflow_id IN (${from}, m."workflowId")
      RETURNING command.id`);
    return rows.map(({ id }) => id);
  }

  /**
   * Marks a command as needing an operator. Only the workflow that its row names may do so, and only while the
   * command is decided or undecided as `isDecided` says (left out: either).
   * @returns false when the command is closed, its row names another workflow, or `isDecided` no longer holds
   */
  async requireAttention(
    workflowId: string,
    id: string,
    attention: Attention,
    isDecided?: boolean,
  ): Promise<boolean> {
    const failure = attention.failure.replaceAll('\0', ' ').slice(0, LONGEST_FAILURE);
    const changed = await this.pool.$executeRaw(sql`
      UPDATE command SET attention = ${JSON.stringify({ ...attention, failure })}::jsonb
      WHERE id = ${id} AND closed_at IS NULL AND workflow_id = ${workflowId}
        AND (decision IS NOT NULL) = coalesce(${isDecided ?? null}::boolean, decision IS NOT NULL)`);
    return changed > 0;
  }

  /** Closes commands and clears their attention. */
  async close(ids: readonly string[]): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET closed_at = clock_timestamp(), attention = NULL
      WHERE id = ANY(${[...ids]}::text[]) AND closed_at IS NULL`);
  }

  /** Stores the lasting error of a step in the rows of its commands; null clears it. */
  async noteFailure(ids: readonly string[], failure: string | null): Promise<void> {
    const text = failure === null ? null : failure.replaceAll('\0', ' ').slice(0, LONGEST_FAILURE);
    await this.pool.$executeRaw(sql`
      UPDATE command SET failure = ${text} WHERE id = ANY(${[...ids]}::text[]) AND closed_at IS NULL`);
  }

  /**
   * Retries a command that needs attention under a new workflow id, which the relay starts.
   * @returns false when the command needs no attention
   */
  async retry(id: string, workflowId: string, by: Actor): Promise<boolean> {
    const changed = await this.pool.$executeRaw(sql`
      WITH retried AS (
        UPDATE command SET attention = NULL, failure = NULL, workflow_id = ${workflowId}, starts = 0,
          look_at = statement_timestamp()
        WHERE id = ${id} AND closed_at IS NULL AND attention IS NOT NULL
        RETURNING id)
      ${insertAct(RETRY, by, sql`SELECT id FROM retried`)}`);
    if (changed > 0) this.pool.saved.tell();
    return changed > 0;
  }

  /**
   * Opens closed commands again, as needing an operator, after a store has lost steps of them.
   * @param by the person who asked for it; the entries of the audit log name them
   * @returns the ids of those that were closed
   */
  async reopen(
    tasks: readonly { readonly id: string; readonly attention: Attention }[],
    by: string,
  ): Promise<readonly string[]> {
    const [row] = await this.pool.$queryRaw<{ ids: string[] }[]>(sql`
      WITH reopened AS (
        UPDATE command SET closed_at = NULL, attention = t.attention
        FROM jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) AS t(id text, attention jsonb)
        WHERE command.id = t.id AND closed_at IS NOT NULL RETURNING command.id),
      noted AS (${insertAct(REOPEN, SYSTEM, sql`SELECT id FROM reopened`, { by })})
      SELECT coalesce(json_agg(id ORDER BY id), '[]') AS ids FROM reopened`);
    return row?.ids ?? [];
  }

  /** Finds the commands that were closed some days ago and still have stored answers, the first closed first. */
  async withOldAnswers(days: number, limit: number): Promise<readonly string[]> {
    const rows = await this.pool.$queryRaw<{ id: string }[]>(sql`
      SELECT id FROM command
      WHERE closed_at < clock_timestamp() - make_interval(days => ${days}::int) AND NOT answers_removed
      ORDER BY closed_at LIMIT ${limit}::int`);
    return rows.map(({ id }) => id);
  }

  /** Records that the stored answers of these commands are removed. */
  async noteAnswersRemoved(ids: readonly string[]): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET answers_removed = true WHERE id = ANY(${[...ids]}::text[]) AND closed_at IS NOT NULL`);
  }

  /** Lists commands, oldest first. */
  async list(
    { state, subject }: CommandFilter,
    limit: number,
    after?: CommandPosition,
  ): Promise<readonly ListedCommand[]> {
    const inState = state ? sql`closed_at IS NULL AND ${isIn(state)}` : sql`true`;
    const onSubject = subject === undefined ? sql`true` : sql`subject = ${subject}`;
    const next = after ? sql`(recorded_at, id) > (${after[0]}::timestamptz, ${after[1]})` : sql`true`;
    const rows = await this.pool.$queryRaw<{ row: ListedCommand }[]>(sql`
      SELECT ${listedRow} AS "row" FROM command c
      WHERE ${inState} AND ${onSubject} AND ${next} ORDER BY recorded_at, id LIMIT ${limit}::int`);
    return rows.map(({ row }) => row);
  }

  /** Reads one command for operators; undefined when it was never recorded. */
  async listed(id: string): Promise<ListedCommand | undefined> {
    const [found] = await this.pool.$queryRaw<{ row: ListedCommand }[]>(sql`
      SELECT ${listedRow} AS "row" FROM command c WHERE id = ${id}`);
    return found?.row;
  }

  /** Counts the open commands by state. Every state has an entry. */
  async openByState(): Promise<readonly OpenCommands[]> {
    const found = await this.pool.$queryRaw<OpenCommands[]>(sql`
      SELECT CASE WHEN ${isIn('needs_attention')} THEN 'needs_attention' WHEN ${isIn('stuck')} THEN 'stuck'
          ELSE 'running' END AS state,
        count(*)::int AS count, extract(epoch FROM statement_timestamp() - min(recorded_at))::float8 AS "oldestSeconds"
      FROM command WHERE closed_at IS NULL GROUP BY 1`);
    return SAGA_STATES.map(
      (state) => found.find((one) => one.state === state) ?? { state, count: 0, oldestSeconds: 0 },
    );
  }

  /** Counts the open commands that need no attention, up to `most`. */
  async countOpen(most: number): Promise<number> {
    const [row] = await this.pool.$queryRaw<{ count: number }[]>(sql`
      SELECT count(*)::int AS count FROM (SELECT 1 FROM command WHERE ${isOpen} LIMIT ${most}::int) open`);
    return row?.count ?? 0;
  }
}

const listedRow = sql`(${commandRow} || jsonb_build_object('failure', c.failure,
  'updatedAt', iso(coalesce(c.closed_at, c.recorded_at)),
  'lastRetry', (SELECT jsonb_build_object('caller', a.caller, 'at', iso(a.at)) FROM audit_log a
    WHERE a.subject = c.id AND a.act = ${RETRY} ORDER BY a.at DESC LIMIT 1)))`;

function isIn(state: SagaState) {
  const isLate = sql`recorded_at < statement_timestamp() - make_interval(secs => ${STUCK_AFTER_SECONDS}::int)`;
  switch (state) {
    case 'needs_attention':
      return sql`attention IS NOT NULL`;
    case 'stuck':
      return sql`attention IS NULL AND ${isLate}`;
    default:
      return sql`attention IS NULL AND NOT ${isLate}`;
  }
}
