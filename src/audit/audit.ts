import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Stores } from '../stores/stores';
import { auditHoldersExist, auditOrdersAcross } from './audit-across';
import { auditCommands, auditOpenCommands } from './audit-commands';
import { accountRule, auditCreditRows } from './audit-credit';
import { Findings } from './audit-findings';
import { orderRule } from './audit-orders';
import { auditUnlogged, RowFold } from './audit-streams';
import { tripRule } from './audit-trips';
import { type AnyStreamFold, foldStreams } from './fold-streams';
import { auditInventory } from './inventory/audit-inventory';

export interface AuditOptions {
  /** True when no saga runs: an order that is PENDING or still being compensated is then a finding too. */
  readonly isQuiet?: boolean;
}

interface Auditable {
  $transaction<T>(
    work: (session: StoreSession) => Promise<T>,
    options: { isolationLevel: 'RepeatableRead'; maxWait: number; timeout: number },
  ): Promise<T>;
}

const ORDERS = {
  table: sql`"order"`,
  columns: [sql`id`],
  key: sql`json_build_object('kind', 'order', 'id', id)`,
} as const;
const TRIPS = {
  table: sql`trip`,
  columns: [sql`id`],
  key: sql`json_build_object('kind', 'trip', 'id', id)`,
} as const;

const LONGEST_AUDIT_MS = 30 * 60_000;

/**
 * Audits the three stores. Every log is gap-free and folds to exactly the stored rows (I2); counters and allocations
 * agree, and no grant was an oversell (I1); nothing is held without an order (I3); no accepted command is missing (I4).
 *
 * The audit reads the log and rows of each store in one snapshot, in pages, so it may run beside traffic. It keeps in
 * memory one page of events, the folds of one batch of streams, and the history of settings and limits.
 * @returns one sentence per finding; empty when there is none
 */
export async function auditBooks(
  stores: Stores,
  { isQuiet = true }: AuditOptions = {},
): Promise<readonly string[]> {
  const findings = new Findings();
  const { orders, inventory, credit } = stores;
  await inSnapshot(orders.client, async (session) => {
    await foldStreams(session, ordersFolds(session, findings), findings, 'compare');
    await auditUnlogged(session, ORDERS, findings);
    await auditUnlogged(session, TRIPS, findings);
    await auditCommands(session, findings);
    if (isQuiet) await auditOpenCommands(session, findings);
  });
  await inSnapshot(inventory.client, (session) => auditInventory(session, isQuiet, findings));
  await inSnapshot(credit.client, async (session) => {
    await foldStreams(session, creditFolds(session, findings), findings, 'compare');
    await auditCreditRows(session, findings);
  });
  const sessions = { orders: orders.client, inventory: inventory.client, credit: credit.client };
  await auditOrdersAcross(sessions, isQuiet, findings);
  await auditHoldersExist(sessions, findings);
  return findings.list();
}

/** Returns the folds of every kind of stream of the orders store. */
export function ordersFolds(session: StoreSession, findings: Findings): readonly AnyStreamFold[] {
  return [new RowFold(orderRule, session, findings), new RowFold(tripRule, session, findings)];
}

/** Returns the folds of every kind of stream of the credit store. */
export function creditFolds(session: StoreSession, findings: Findings): readonly AnyStreamFold[] {
  return [new RowFold(accountRule, session, findings)];
}

/** Runs `work` in one read-only snapshot. It raises the time limits, which are made for steps. */
async function inSnapshot(client: Auditable, work: (session: StoreSession) => Promise<void>): Promise<void> {
  await client.$transaction(
    async (session) => {
      await session.$executeRaw`SET TRANSACTION READ ONLY`;
      await session.$executeRaw`SET LOCAL statement_timeout = '5min'`;
      await session.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = '5min'`;
      await work(session);
    },
    { isolationLevel: 'RepeatableRead', maxWait: 5_000, timeout: LONGEST_AUDIT_MS },
  );
}
