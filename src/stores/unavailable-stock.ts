import { departureBy, evolveStock, type Stock, type StockEvent } from '../domain/inventory/stock';
import {
  decideUnavailable,
  type UnavailableAnswer,
  type UnavailableChange,
} from '../domain/inventory/unavailable';
import { saveDepartures } from './departures-save';
import { type Cause, PendingLog } from './event-log';
import type { PrismaClient } from './generated/inventory/client';
import { upsertStock } from './inventory-save';
import type { StoreSession } from './store-session';
import { inTransaction } from './transaction';

/** One item at one node, and what becomes of its damaged units there. */
export interface DamageEnd extends UnavailableChange {
  readonly sku: string;
  readonly nodeId: string;
}

/** Nobody has ever told of such an item at such a node. */
export interface NoSuchStock {
  readonly kind: 'no-such-stock';
}

type Loaded = Stock & { readonly version: number; readonly now: string };

/** Damaged units, which no feed tells of: a row of stock at a time. */
export class UnavailableStock {
  constructor(private readonly client: PrismaClient) {}

  change(end: DamageEnd, cause: Cause): Promise<UnavailableAnswer | NoSuchStock> {
    return inTransaction(this.client, async (session) => {
      const loaded = await lockAndLoad(session, end);
      if (!loaded) return { kind: 'no-such-stock' };
      const { version, now, ...state } = loaded;
      const { answer, events } = decideUnavailable(state, end, now);
      if (events.length === 0) return answer;
      const { sku, nodeId } = end;
      const log = new PendingLog(now);
      const before = { state, version };
      const shelf = log.open<Stock, StockEvent>(`stock/${sku}/${nodeId}`, before, evolveStock);
      for (const event of events) shelf.append(event, cause);
      await session.$executeRaw`
        WITH logged AS (${log.insertion()})
        ${upsertStock([{ stock: shelf.state, version: shelf.version }])}`;
      const departures = events.flatMap((event) => departureBy(event) ?? []);
      await saveDepartures(
        session,
        departures.map((departure) => ({ ...departure, sku, nodeId })),
      );
      return answer;
    });
  }
}

/** Loads in a statement of its own: one that waited for its lock would still see what was there before it waited. */
async function lockAndLoad(
  session: StoreSession,
  { sku, nodeId }: Pick<DamageEnd, 'sku' | 'nodeId'>,
): Promise<Loaded | undefined> {
  await session.$queryRaw`SELECT 1 FROM stock WHERE sku = ${sku} AND node_id = ${nodeId} FOR UPDATE`;
  const [loaded] = await session.$queryRaw<Loaded[]>`
    SELECT sku, node_id AS "nodeId", supplies, unavailable, held, committed, iso(zeroed_at) AS "zeroedAt",
      stream_version AS version, iso(clock_timestamp()) AS now
    FROM stock WHERE sku = ${sku} AND node_id = ${nodeId}`;
  return loaded;
}
