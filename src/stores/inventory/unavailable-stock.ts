import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Command } from '../../contracts/commands';
import { departureBy, type Stock, type StockEvent } from '../../domain/inventory/supply/stock';
import {
  type DamageEnd,
  decideDamageEnd,
  type FewerUnavailable,
} from '../../domain/inventory/supply/unavailable';
import { PendingLog } from '../log/event-log';
import type { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import { saveDepartures } from './departures-save';
import { upsertStock } from './inventory-save';
import { openStoredStock, type StockStream, type StoredStock, storedStock } from './stock-stream';

/**
 * The report that damaged units of one item at one node were repaired or scrapped, under the caller's idempotency
 * key.
 */
export interface EndDamage extends Command, DamageEnd {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly sku: string;
  readonly nodeId: string;
}

export type EndDamageOutcome =
  | { readonly kind: 'noted'; readonly isReplay: boolean }
  | FewerUnavailable
  /** The item has no stock row at the node. */
  | { readonly kind: 'no-such-stock' }
  | { readonly kind: 'key-reused' };

/** The locked stock row. `claimedFor` is the fingerprint under which the key is claimed; null: it is free. */
type Loaded = {
  readonly stored: StoredStock;
  readonly now: string;
  readonly claimedFor: string | null;
};

/** Changes of damaged units, which no feed reports, one stock row at a time. A refusal leaves its key free. */
export class UnavailableStock {
  constructor(private readonly pool: StorePool) {}

  endDamage(command: EndDamage): Promise<EndDamageOutcome> {
    return this.pool.step(async (session) => {
      const loaded = await lockAndLoad(session, command);
      if (!loaded) return { kind: 'no-such-stock' };
      const { stored, now, claimedFor } = loaded;
      if (claimedFor !== null)
        return claimedFor === command.fingerprint
          ? { kind: 'noted', isReplay: true }
          : { kind: 'key-reused' };
      const log = new PendingLog(now);
      const shelf = openStoredStock(log, stored);
      const { answer, events } = decideDamageEnd(shelf.state, command, now);
      if (answer.kind !== 'done') return answer;
      for (const event of events) shelf.append(event, command);
      save(session, command, { log, shelf }, events);
      return { kind: 'noted', isReplay: false };
    });
  }
}

/** Locks, then loads: a statement that waited for its lock still sees the row from before its wait. */
async function lockAndLoad(
  session: StepSession,
  { sku, nodeId, caller, idempotencyKey }: EndDamage,
): Promise<Loaded | undefined> {
  const locking = session.$queryRaw`SELECT 1 FROM stock WHERE sku = ${sku} AND node_id = ${nodeId} FOR UPDATE`;
  const loading = session.$queryRaw<Loaded[]>`
    SELECT ${storedStock(sql`stock`)} AS stored,
      iso(clock_timestamp()) AS now,
      (SELECT fingerprint FROM damage_end_claim WHERE caller = ${caller} AND key = ${idempotencyKey})
        AS "claimedFor"
    FROM stock WHERE sku = ${sku} AND node_id = ${nodeId}`;
  const [[loaded]] = await Promise.all([loading, locking]);
  return loaded;
}

/** Saves the change. When another row uses the same key concurrently, it fails and its transaction runs again. */
function save(
  session: StepSession,
  command: EndDamage,
  { log, shelf }: { readonly log: PendingLog; readonly shelf: StockStream<Stock> },
  events: readonly StockEvent[],
): void {
  const { sku, nodeId, caller, idempotencyKey, fingerprint, commandId } = command;
  session.save(sql`
    WITH logged AS (${log.insertion()}), claimed AS (
      INSERT INTO damage_end_claim (caller, key, fingerprint, command_id)
      VALUES (${caller}, ${idempotencyKey}, ${fingerprint}, ${commandId}))
    ${upsertStock([{ stock: shelf.state, version: shelf.version }])}`);
  const departures = events.flatMap((event) => departureBy(event) ?? []);
  saveDepartures(
    session,
    departures.map((departure) => ({ ...departure, sku, nodeId })),
  );
}
