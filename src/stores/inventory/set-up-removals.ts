import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { decideRemove, type Reference, type Removal, type SetUpRemoved } from '../../domain/removal';
import { type StreamKey, streamOf } from '../../names/stream-key';
import type { Prisma, PrismaClient } from '../generated/inventory/client';
import { type Cause, PendingLog } from '../log/event-log';
import { readClock } from '../postgres/clock';
import { inTransaction } from '../postgres/transaction';
import type { Wake } from '../postgres/wake';
import { lockStock } from './stock-lock';

type Session = Prisma.TransactionClient;

/** One kind of set-up that can be removed. */
interface Removable {
  readonly key: StreamKey;
  readonly event: SetUpRemoved;
  /** Selects the version of its row. */
  readonly row: Sql;
  /** Selects what refers to it, as `kind` and `id`. */
  readonly references: Sql;
  readonly deletion: Sql;
}

const MOST_REFERENCES = 10;

/**
 * The removal of nodes, sources and items. It deletes the row. The log stays, and continues when the same id is set up
 * again.
 */
export class SetUpRemovals {
  constructor(
    private readonly client: PrismaClient,
    private readonly saved: Wake,
  ) {}

  removeNode(id: string, cause: Cause): Promise<Removal> {
    return this.#remove(
      {
        key: { kind: 'node', id },
        event: { type: 'inventory.node-removed.v1', data: { id } },
        row: sql`SELECT stream_version AS version FROM node WHERE id = ${id}`,
        references: sql`
          (SELECT 'source' AS kind, id FROM source WHERE ${id} = ANY(nodes) LIMIT ${MOST_REFERENCES}::int)
          UNION ALL (${claimedStock(sql`node_id = ${id}`)})
          UNION ALL (${rulesOn(sql`node_id = ${id}`)})`,
        deletion: sql`DELETE FROM node WHERE id = ${id}`,
      },
      cause,
    );
  }

  /** Removes a source. Stock that it has counted refers to it, at the nodes to which it is assigned. */
  removeSource(id: string, cause: Cause): Promise<Removal> {
    return this.#remove(
      {
        key: { kind: 'source', id },
        event: { type: 'inventory.source-removed.v1', data: { id } },
        row: sql`SELECT stream_version AS version FROM source WHERE id = ${id}`,
        references: sql`
          SELECT 'stock' AS kind, sku || ' at ' || node_id AS id FROM stock
          WHERE node_id IN (SELECT unnest(nodes) FROM source WHERE id = ${id}) AND EXISTS (
            SELECT FROM jsonb_array_elements(supplies) AS entry WHERE entry->>'sourceId' = ${id}
              AND (entry->>'epoch')::bigint = (
                SELECT coalesce((forms->node_id->>'epoch')::bigint, 0) FROM source WHERE id = ${id})
              AND coalesce((entry->>'count')::bigint, 0) + (entry->>'moved')::bigint <> 0)`,
        deletion: sql`DELETE FROM source WHERE id = ${id}`,
      },
      cause,
    );
  }

  removeItem(sku: string, cause: Cause): Promise<Removal> {
    return this.#remove(
      {
        key: { kind: 'item', sku },
        event: { type: 'inventory.item-removed.v1', data: { id: sku } },
        row: sql`SELECT stream_version AS version FROM item WHERE sku = ${sku}`,
        references: sql`
          (${claimedStock(sql`sku = ${sku}`)})
          UNION ALL SELECT 'backorders', open || ' units' FROM backorder_queue WHERE sku = ${sku} AND open > 0
          UNION ALL (SELECT 'cap', id FROM sales_cap WHERE skus @> ARRAY[${sku}]::text[] AND is_active
            ORDER BY id LIMIT ${MOST_REFERENCES}::int)
          UNION ALL (${rulesOn(sql`sku = ${sku}`)})`,
        deletion: sql`DELETE FROM item WHERE sku = ${sku}`,
      },
      cause,
    );
  }

  async #remove({ key, event, row, references, deletion }: Removable, cause: Cause): Promise<Removal> {
    const removal = await inTransaction(this.client, async (session: Session): Promise<Removal> => {
      // No step runs meanwhile: each step locks a row of stock first, or finds that there is none.
      await lockStock(session, 'EXCLUSIVE');
      const [found] = await session.$queryRaw<{ version: number }[]>(row);
      if (!found) return { kind: (await lastVersion(session, key)) > 0 ? 'done' : 'unknown' };
      const referring = await session.$queryRaw<Reference[]>(
        sql`SELECT * FROM (${references}) AS r LIMIT ${MOST_REFERENCES}::int`,
      );
      const now = await readClock(session);
      const { answer, events } = decideRemove(event, referring);
      if (events.length === 0) return answer;
      const log = new PendingLog(now);
      const opened = log.open(key, { state: undefined, version: found.version }, () => undefined);
      for (const removed of events) opened.append(removed, cause);
      await session.$executeRaw(deletion);
      await session.$executeRaw(log.insertion());
      return answer;
    });
    this.saved.tell();
    return removal;
  }
}

/** Reads the version of a stream whose row was removed; 0 when there never was one. */
export async function lastVersion(session: Pick<Session, '$queryRaw'>, key: StreamKey): Promise<number> {
  const [last] = await session.$queryRaw<{ version: number }[]>`
    SELECT version FROM event WHERE stream = ${streamOf(key)} ORDER BY version DESC LIMIT 1`;
  return last?.version ?? 0;
}

/** Selects stock that is promised, or damaged and not yet scrapped or repaired. */
function claimedStock(where: Sql): Sql {
  return sql`
    SELECT 'stock' AS kind, sku || ' at ' || node_id AS id FROM stock
    WHERE ${where} AND (held > 0 OR committed > 0 OR unavailable > 0)
    ORDER BY sku, node_id LIMIT ${MOST_REFERENCES}::int`;
}

function rulesOn(where: Sql): Sql {
  return sql`
    SELECT 'eligibility rule' AS kind, id FROM eligibility_rule WHERE ${where} AND is_active
    ORDER BY id LIMIT ${MOST_REFERENCES}::int`;
}
