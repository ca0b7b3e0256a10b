import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Attention, CommandKind } from '../../domain/command/recorded-command';
import type { StorePool } from '../postgres/store-pool';
import { commandRow, FIRST_LOOK_SECONDS, type StoredCommand, storedCommands } from './command-rows';

/** An open command as the relay finds it when its saga may be lost. */
export interface DueCommand {
  readonly id: string;
  readonly kind: CommandKind;
  readonly subject: string;
  readonly decision: string | null;
}

/** A saga to look at, with every open command without attention that it carries. */
export interface DueSaga {
  readonly workflowId: string;
  readonly starts: number;
  readonly commands: readonly DueCommand[];
}

/** Which open commands are asked for. */
export type SagaState = 'running' | 'stuck' | 'needs_attention';

/** A command in a list, with the moments that only operators look at. */
export type ListedCommand = StoredCommand & { readonly failure: string | null; readonly updatedAt: string };

/** Where a listing goes on: the last row seen. */
export interface CommandPosition {
  readonly createdAt: string;
  readonly id: string;
}

/** An open command that is older than this is stuck. */
export const STUCK_AFTER_SECONDS = 30;
/** A saga that runs is looked at again after this long. */
const RUNNING_LOOK_SECONDS = 10;
/** More than a batch has. */
const MOST_COMMANDS_A_SAGA = 100;
const LONGEST_LOOK_SECONDS = 300;
const LONGEST_FAILURE = 1_000;

const isOpen = sql`closed_at IS NULL AND attention IS NULL`;

/** Rows of commands: what the relay starts again, what operators see, and who goes on with a command. */
export class CommandStore {
  constructor(private readonly pool: StorePool) {}

  /** The commands by their ids; ids that were never recorded are left out. */
  commands(ids: readonly string[]): Promise<ReadonlyMap<string, StoredCommand>> {
    return storedCommands(this.pool, ids);
  }

  /** All commands on some orders or trips, oldest first. */
  async bySubject(subjects: readonly string[]): Promise<readonly StoredCommand[]> {
    const rows = await this.pool.$queryRaw<{ row: StoredCommand }[]>(sql`
      SELECT ${commandRow} AS "row" FROM command c WHERE subject = ANY(${[...subjects]}::text[])
      ORDER BY subject, recorded_at, id`);
    return rows.map(({ row }) => row);
  }

  /**
   * Takes the sagas that are due for a look, at most `limit`, those due longest first, and puts their next look ten
   * seconds ahead, so that no other relay looks at them meanwhile. Rows are locked in order of their ids, and looked at
   * again once they are: of two relays that find a saga due the first one takes it.
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
        RETURNING id, kind, subject, workflow_id, starts, decision)
      SELECT workflow_id AS "workflowId", max(starts) AS starts,
        json_agg(json_build_object('id', id, 'kind', kind, 'subject', subject,
          'decision', decision->>'kind') ORDER BY id) AS commands
      FROM taken GROUP BY workflow_id`);
  }

  /** Notes that a saga was lost and started again: the next look is later each time, five minutes at most. */
  async noteRestart(workflowId: string): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET starts = starts + 1, look_at = statement_timestamp() + make_interval(
        secs => least(${FIRST_LOOK_SECONDS}::int * 2 ^ (starts + 1), ${LONGEST_LOOK_SECONDS}::int))
      WHERE workflow_id = ${workflowId} AND ${isOpen}`);
  }

  /** Undoes a look whose answer never came: the saga is due at once. */
  async undoLook(workflowId: string): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET look_at = statement_timestamp() WHERE workflow_id = ${workflowId} AND ${isOpen}`);
  }

  /**
   * Hands open commands over to workflows of their own, before these start. Only the workflow that a row names may do so.
   * @returns the ids that were handed over, those that bear their new workflow already included
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
   * Puts a command before an operator. Only the workflow that its row names may do so, and only where the command is still
   * as far as the workflow knows (`isDecided`; left out: wherever it is).
   * @returns false where the row names another workflow, or another run has decided the command meanwhile
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

  /** Closes commands that have nothing left to do. */
  async close(ids: readonly string[]): Promise<void> {
    await this.pool.$executeRaw(sql`
      UPDATE command SET closed_at = clock_timestamp(), attention = NULL
      WHERE id = ANY(${[...ids]}::text[]) AND closed_at IS NULL`);
  }

  /** Notes the error that steps of some commands have met for a while; null: it has passed. */
  async noteFailure(ids: readonly string[], failure: string | null): Promise<void> {
    const text = failure === null ? null : failure.replaceAll('\0', ' ').slice(0, LONGEST_FAILURE);
    await this.pool.$executeRaw(sql`
      UPDATE command SET failure = ${text} WHERE id = ANY(${[...ids]}::text[]) AND closed_at IS NULL`);
  }

  /**
   * Has a command that needs attention run again under a fresh workflow id; the relay starts it.
   * @returns false where it needs no attention
   */
  async retry(id: string, workflowId: string): Promise<boolean> {
    const changed = await this.pool.$executeRaw(sql`
      UPDATE command SET attention = NULL, failure = NULL, workflow_id = ${workflowId}, starts = 0,
        look_at = statement_timestamp()
      WHERE id = ${id} AND closed_at IS NULL AND attention IS NOT NULL`);
    if (changed > 0) this.pool.saved.tell();
    return changed > 0;
  }

  /** Open commands in a state, oldest first. */
  async list(state: SagaState, limit: number, after?: CommandPosition): Promise<readonly ListedCommand[]> {
    const next = after ? sql`(recorded_at, id) > (${after.createdAt}::timestamptz, ${after.id})` : sql`true`;
    const rows = await this.pool.$queryRaw<{ row: ListedCommand }[]>(sql`
      SELECT ${listedRow} AS "row" FROM command c
      WHERE closed_at IS NULL AND ${isIn(state)} AND ${next} ORDER BY recorded_at, id LIMIT ${limit}::int`);
    return rows.map(({ row }) => row);
  }

  /** One command as operators see it; undefined where it was never recorded. */
  async listed(id: string): Promise<ListedCommand | undefined> {
    const [found] = await this.pool.$queryRaw<{ row: ListedCommand }[]>(sql`
      SELECT ${listedRow} AS "row" FROM command c WHERE id = ${id}`);
    return found?.row;
  }

  /** How many commands are open without attention; counts no further than `most`. */
  async countOpen(most: number): Promise<number> {
    const [row] = await this.pool.$queryRaw<{ count: number }[]>(sql`
      SELECT count(*)::int AS count FROM (SELECT 1 FROM command WHERE ${isOpen} LIMIT ${most}::int) open`);
    return row?.count ?? 0;
  }
}

const listedRow = sql`(${commandRow} || jsonb_build_object('failure', c.failure,
  'updatedAt', iso(coalesce(c.closed_at, c.recorded_at))))`;

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
