import { sqltag as sql } from '@prisma/client/runtime/client';
import type { LogName } from '../contracts/logs';
import { databaseTrouble } from '../stores/postgres/database-errors';
import type { StoreSession } from '../stores/postgres/store-session';
import { lockTables, named } from '../stores/postgres/table-lock';
import type { Stores } from '../stores/stores';
import { creditFolds, ordersFolds } from './audit';
import { Findings } from './audit-findings';
import { type AnyStreamFold, foldStreams } from './fold-streams';
import { inventoryFoldsToWrite } from './inventory/audit-inventory';
import { restoreContained, setAsideMovements } from './inventory/contained-movements';

/** A rebuilt store. */
export interface Rebuilt {
  readonly store: LogName;
  readonly events: number;
  readonly tables: readonly string[];
}

/** The stores cannot be rebuilt now, or their logs do not give rows; nothing was changed. The message is ready to print. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused';
}

interface Rebuildable {
  $transaction<T>(
    work: (session: StoreSession) => Promise<T>,
    options: { maxWait: number; timeout: number },
  ): Promise<T>;
}

interface Plan {
  readonly store: LogName;
  readonly client: Rebuildable;
  /** `findings` gets the findings of an audit. A rebuild only writes what the log says. */
  readonly folds: (session: StoreSession, findings: Findings) => readonly AnyStreamFold[];
  /** Tables with copies of the log: they are emptied. */
  readonly copies: readonly string[];
  /** Keeps rows that the log does not have. Runs before the tables are emptied. */
  readonly before?: (session: StoreSession) => Promise<void>;
  readonly after?: (session: StoreSession) => Promise<void>;
}

const LONGEST_REBUILD_MS = 4 * 60 * 60_000;
const MOST_FAULTS_SHOWN = 5;

/**
 * Recreates the state rows of the three stores from their logs alone, by the rules with which the audit compares them.
 * Each store is one transaction, which locks its log and its tables: a rebuild that fails changes nothing in that store.
 * The memory holds one page of events and the folds of one batch of streams.
 *
 * Rebuilt: orders with their items and shipments, trips; nodes, sources, items, stock with its departures and movements,
 * reservations with their allocations, caps, rules and backorders; accounts with their holds and payments. Snapshots of
 * folds are deleted, and every projection begins again at the start of its log.
 *
 * Left as they are, because no log has them: command rows, stored step answers, claims of idempotency keys, stale counts,
 * and movements that a count already contained; the keys of personal data; API keys, leases and webhooks with their deliveries; and the checkpoints
 * of reactions, which would otherwise repeat their effects.
 * @throws RebuildRefused while a relay or a writer is at work, or when a log has a gap or an event that cannot be folded
 */
export async function rebuildBooks({ orders, inventory, credit }: Stores): Promise<readonly Rebuilt[]> {
  const plans: readonly Plan[] = [
    { store: 'orders', client: orders.client, folds: ordersFolds, copies: [] },
    {
      store: 'inventory',
      client: inventory.client,
      folds: inventoryFoldsToWrite,
      copies: ['fold_snapshot'],
      before: setAsideMovements,
      after: restoreContained,
    },
    { store: 'credit', client: credit.client, folds: creditFolds, copies: ['fold_snapshot'] },
  ];
  const leased = await orders.client.$queryRaw<{ name: string }[]>`
    SELECT name FROM lease WHERE expires_at > clock_timestamp() ORDER BY name LIMIT 1`;
  if (leased[0])
    throw new RebuildRefused(
      `a relay is running (it holds the lease ${leased[0].name}): stop every API, worker and relay, then rebuild`,
    );
  const rebuilt: Rebuilt[] = [];
  for (const plan of plans) rebuilt.push(await rebuildStore(plan));
  return rebuilt;
}

function rebuildStore(plan: Plan): Promise<Rebuilt> {
  return plan.client.$transaction(
    async (session) => {
      await session.$executeRaw`SET LOCAL statement_timeout = '10min'`;
      await session.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = '10min'`;
      const folds = plan.folds(session, new Findings());
      const tables = [...new Set(folds.flatMap((fold) => fold.tables))];
      const emptied = [...tables, ...plan.copies];
      await lock(session, plan.store, emptied);
      await plan.before?.(session);
      await session.$executeRaw(sql`TRUNCATE ${named(emptied)}`);
      const faults = new Findings();
      const events = await foldStreams(session, folds, faults, 'write');
      const found = faults.list();
      if (found.length > 0)
        throw new RebuildRefused(
          `the log of ${plan.store} gives no rows: ${found.slice(0, MOST_FAULTS_SHOWN).join(' ')}`,
        );
      await plan.after?.(session);
      await session.$executeRaw`UPDATE subscription SET restart_at = 'start' WHERE kind = 'projection'`;
      return { store: plan.store, events, tables };
    },
    { maxWait: 5_000, timeout: LONGEST_REBUILD_MS },
  );
}

/**
 * Locks a store against every writer, and its tables also against readers, until the transaction ends. Waits for
 * autovacuum to give way.
 */
async function lock(session: StoreSession, store: LogName, tables: readonly string[]): Promise<void> {
  try {
    await lockTables(session, ['event'], 'SHARE');
    await lockTables(session, tables, 'ACCESS EXCLUSIVE');
  } catch (error) {
    if (!['timeout', 'conflict'].includes(databaseTrouble(error))) throw error;
    throw new RebuildRefused(
      `another process uses the tables of ${store}: stop every API, worker and relay, then rebuild`,
      { cause: error },
    );
  }
}
