import { empty, sqltag as sql } from '@prisma/client/runtime/client';
import type { AcceptedCommand } from '../contracts/accepted-commands';
import { refused } from '../domain/refusal';
import { recordingStepOf } from '../domain/unrecorded';
import type { OrderPosition } from './orders-reads';
import { insertAnswers } from './step-answers';
import type { StoreSession } from './store-session';
import { inTransaction, type Transactional } from './transaction';

/** A command that was accepted, and of which neither what it makes or does nor its refusal could be recorded. */
export type UnrecordedCommand = OrderPosition & AcceptedCommand & Kept;

interface Kept {
  readonly failure: string;
  /** What an operator has said of it; null: nothing yet. */
  readonly resolution: { readonly by: string; readonly note: string } | null;
}

type Row = OrderPosition & Kept & { readonly kind: AcceptedCommand['kind']; readonly input: string };

const columns = sql`id, kind, input, failure, iso(noted_at) AS "createdAt", resolution`;
/** One that could be recorded after all has a row of its own, or an answer; an operator's resolution is one, too. */
export const isUnrecorded = sql`NOT EXISTS (SELECT 1 FROM "order" WHERE id = unrecorded_command.id)
  AND NOT EXISTS (SELECT 1 FROM trip WHERE id = unrecorded_command.id)
  AND (resolution IS NOT NULL OR NOT EXISTS (SELECT 1 FROM step_answer WHERE command_id = unrecorded_command.id))`;

/**
 * Where commands are kept that no stream can take, so that somebody hears of them: beside all that they would have to
 * go into, and as text, since it may be their content that is refused.
 */
export class UnrecordedCommands {
  constructor(private readonly orders: StoreSession & Transactional<StoreSession>) {}

  /**
   * Takes note of one, or that it has failed again; `isTransient`: nothing but time may mend it. What an operator has
   * dealt with stays so: a run of it may be late.
   */
  async note({ kind, command }: AcceptedCommand, failure: string, isTransient = false): Promise<void> {
    await this.orders.$executeRaw`
      INSERT INTO unrecorded_command (id, kind, input, failure, is_transient)
      VALUES (${command.commandId}, ${kind}, ${JSON.stringify(command)}, ${failure.replaceAll('\0', ' ')},
        ${isTransient})
      ON CONFLICT (id) DO UPDATE SET failure = excluded.failure, is_transient = excluded.is_transient`;
  }

  /** Oldest first, those that nobody has dealt with. */
  async open(limit: number, after?: OrderPosition): Promise<readonly UnrecordedCommand[]> {
    const next = after ? sql`AND (noted_at, id) > (${after.createdAt}::timestamptz, ${after.id})` : empty;
    const rows = await this.orders.$queryRaw<Row[]>`
      SELECT ${columns} FROM unrecorded_command
      WHERE resolution IS NULL AND ${isUnrecorded} ${next} ORDER BY noted_at, id LIMIT ${limit}`;
    return rows.map(fromRow);
  }

  /** Those of a kind, but for some, that only time may mend. */
  async transient<Kind extends AcceptedCommand['kind']>(
    kind: Kind,
    limit: number,
    without: readonly string[],
  ): Promise<readonly Extract<UnrecordedCommand, { readonly kind: Kind }>['command'][]> {
    const rows = await this.orders.$queryRaw<Row[]>`
      SELECT ${columns} FROM unrecorded_command
      WHERE resolution IS NULL AND is_transient AND kind = ${kind} AND id <> ALL(${[...without]}::text[])
        AND ${isUnrecorded} ORDER BY noted_at, id LIMIT ${limit}`;
    return rows.map(({ input }) => JSON.parse(input));
  }

  /** Undefined also for one that was recorded after all. */
  async command(id: string): Promise<UnrecordedCommand | undefined> {
    const [row] = await this.orders.$queryRaw<Row[]>`
      SELECT ${columns} FROM unrecorded_command WHERE id = ${id} AND ${isUnrecorded}`;
    return row && fromRow(row);
  }

  /** Which of these commands are an operator's, or were. */
  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.orders.$queryRaw<{ id: string }[]>`
      SELECT id FROM unrecorded_command WHERE id = ANY(${[...ids]}) AND (NOT is_transient OR resolution IS NOT NULL)`;
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Takes note of what an operator has done about it, and whether there was anything to be done: nobody has said so
   * before, and it was not recorded meanwhile. From there on nobody records it but as refused: a command on an order finds
   * that in the place of its first step's answer.
   */
  async resolve(id: string, by: string, note: string): Promise<boolean> {
    return inTransaction(this.orders, async (session) => {
      // Whoever is recording it holds this row: only once that is over can it be seen whether there is an order or trip.
      await session.$queryRaw`SELECT 1 FROM unrecorded_command WHERE id = ${id} FOR UPDATE`;
      const [resolved] = await session.$queryRaw<Pick<Row, 'kind'>[]>`
        UPDATE unrecorded_command SET resolution = ${JSON.stringify({ by, note })}::jsonb
        WHERE id = ${id} AND resolution IS NULL AND ${isUnrecorded} RETURNING kind`;
      if (!resolved) return false;
      const answers = new Map([[id, refused('PROCESSING_FAILED')]]);
      await session.$executeRaw`${insertAnswers(recordingStepOf(resolved.kind), answers)}`;
      return true;
    });
  }
}

/**
 * The part of a load that says which of these commands an operator has ended by hand. Of the others that are kept nobody
 * can say so before this transaction is over.
 */
export function endedByHand(ids: readonly string[]) {
  if (ids.length === 0) return sql`'[]'::jsonb`;
  return sql`(
    SELECT coalesce(jsonb_agg(id) FILTER (WHERE resolution IS NOT NULL), '[]')
    FROM (SELECT id, resolution FROM unrecorded_command WHERE id = ANY(${[...ids]}) ORDER BY id FOR SHARE) kept)`;
}

/** An input is of the kind that it was noted with. */
function fromRow({ input, ...row }: Row): UnrecordedCommand {
  return { ...row, command: JSON.parse(input) };
}
