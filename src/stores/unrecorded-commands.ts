import { empty, sqltag as sql } from '@prisma/client/runtime/client';
import type { CreateOrder } from '../contracts/commands';
import type { BookTrip } from '../contracts/trips';
import type { OrderPosition } from './orders-reads';
import type { StoreSession } from './store-session';
import { inTransaction, type Transactional } from './transaction';

/** A command that was accepted, and of which neither an order or trip nor its refusal could be recorded. */
export interface UnrecordedCommand extends OrderPosition {
  readonly command: CreateOrder | BookTrip;
  readonly failure: string;
  /** What an operator has said of it; null: nothing yet. */
  readonly resolution: { readonly by: string; readonly note: string } | null;
}

type Row = Omit<UnrecordedCommand, 'command'> & { readonly input: string };

const columns = sql`id, input, failure, iso(noted_at) AS "createdAt", resolution`;
/** One that could be recorded after all has a row of its own. */
const isUnrecorded = sql`NOT EXISTS (SELECT 1 FROM "order" WHERE id = unrecorded_command.id)
  AND NOT EXISTS (SELECT 1 FROM trip WHERE id = unrecorded_command.id)`;

/**
 * Where commands are kept that no stream can take, so that somebody hears of them: beside all that they would have to
 * go into, and as text, since it may be their content that is refused.
 */
export class UnrecordedCommands {
  constructor(private readonly orders: StoreSession & Transactional<StoreSession>) {}

  /** Takes note of one, or that it has failed again. What an operator has dealt with stays so: a run of it may be late. */
  async note(command: CreateOrder | BookTrip, failure: string): Promise<void> {
    await this.orders.$executeRaw`
      INSERT INTO unrecorded_command (id, input, failure)
      VALUES (${command.commandId}, ${JSON.stringify(command)}, ${failure.replaceAll('\0', ' ')})
      ON CONFLICT (id) DO UPDATE SET failure = excluded.failure`;
  }

  /** Oldest first, those that nobody has dealt with. */
  async open(limit: number, after?: OrderPosition): Promise<readonly UnrecordedCommand[]> {
    const next = after ? sql`AND (noted_at, id) > (${after.createdAt}::timestamptz, ${after.id})` : empty;
    const rows = await this.orders.$queryRaw<Row[]>`
      SELECT ${columns} FROM unrecorded_command
      WHERE resolution IS NULL AND ${isUnrecorded} ${next} ORDER BY noted_at, id LIMIT ${limit}`;
    return rows.map(fromRow);
  }

  /** Undefined also for one that was recorded after all. */
  async command(id: string): Promise<UnrecordedCommand | undefined> {
    const [row] = await this.orders.$queryRaw<Row[]>`
      SELECT ${columns} FROM unrecorded_command WHERE id = ${id} AND ${isUnrecorded}`;
    return row && fromRow(row);
  }

  /** Which of these commands are kept here. */
  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.orders.$queryRaw<{ id: string }[]>`
      SELECT id FROM unrecorded_command WHERE id = ANY(${[...ids]})`;
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Takes note of what an operator has done about it, and whether there was anything to be done: nobody has said so
   * before, and it was not recorded meanwhile. From there on nobody records it but as refused.
   */
  async resolve(id: string, by: string, note: string): Promise<boolean> {
    return inTransaction(this.orders, async (session) => {
      // Whoever is recording it holds this row: only once that is over can it be seen whether there is an order or trip.
      await session.$queryRaw`SELECT 1 FROM unrecorded_command WHERE id = ${id} FOR UPDATE`;
      const resolved = await session.$executeRaw`
        UPDATE unrecorded_command SET resolution = ${JSON.stringify({ by, note })}::jsonb
        WHERE id = ${id} AND resolution IS NULL AND ${isUnrecorded}`;
      return resolved === 1;
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

function fromRow({ input, ...row }: Row): UnrecordedCommand {
  return { ...row, command: JSON.parse(input) };
}
