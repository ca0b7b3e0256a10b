import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Stores } from '../stores/stores';
import { auditHoldersExist, auditOrdersAcross } from './audit-across';
import { auditCommands, auditOpenCommands } from './audit-commands';
import { AccountAudit, auditCreditRows } from './audit-credit';
import { Findings } from './audit-findings';
import { auditInventory } from './audit-inventory';
import { OrderAudit } from './audit-orders';
import { auditStreams, auditUnlogged } from './audit-streams';
import { TripAudit } from './audit-trips';

export interface AuditOptions {
  /** Nothing is under way: then an order that is PENDING or still being undone is a finding too. */
  readonly isQuiet?: boolean;
}

interface Auditable {
  $transaction<T>(
    work: (session: StoreSession) => Promise<T>,
    options: { isolationLevel: 'RepeatableRead'; maxWait: number; timeout: number },
  ): Promise<T>;
}

const LONGEST_AUDIT_MS = 30 * 60_000;

/**
 * Audits the books: every log is gap-free and gives exactly the rows (I2), counters and allocations agree and no
 * grant was an oversell (I1), nothing is held that no order stands for (I3), and no command that was accepted is missing from
 * them (I4). Empty when they balance.
 *
 * Each store is read in one snapshot of its own, in pages, so it may run beside the traffic. In memory is one page,
 * and of the stream being read (an account, a stock row) what it holds at present.
 */
export async function auditBooks(
  stores: Stores,
  { isQuiet = true }: AuditOptions = {},
): Promise<readonly string[]> {
  const findings = new Findings();
  const { orders, inventory, credit } = stores;
  await inSnapshot(orders.client, async (session) => {
    await auditStreams(
      session,
      [new OrderAudit(session, findings), new TripAudit(session, findings)],
      findings,
    );
    await auditUnlogged(session, { table: sql`"order"`, stream: sql`'order/' || "order".id` }, findings);
    await auditUnlogged(session, { table: sql`trip`, stream: sql`'trip/' || trip.id` }, findings);
    await auditCommands(session, findings);
    if (isQuiet) await auditOpenCommands(session, findings);
  });
  await inSnapshot(inventory.client, (session) => auditInventory(session, isQuiet, findings));
  await inSnapshot(credit.client, async (session) => {
    await auditStreams(session, [new AccountAudit(session, findings)], findings);
    await auditCreditRows(session, findings);
  });
  const sessions = { orders: orders.client, inventory: inventory.client, credit: credit.client };
  await auditOrdersAcross(sessions, isQuiet, findings);
  await auditHoldersExist(sessions, findings);
  return findings.list();
}

/** The limits of the stores are made for steps; an audit may take its time. */
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
