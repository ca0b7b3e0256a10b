import { Prisma } from '../../stores/generated/inventory/client';
import type { StoreSession } from '../../stores/postgres/store-session';
import type { Findings } from '../audit-findings';
import { auditStreams, auditUnlogged, type LoggedTable, RowAudit, type RowRule } from '../audit-streams';
import { BackorderAudit } from './audit-backorders';
import { auditCapSums, capRule } from './audit-caps';
import { FreshnessAudit } from './audit-freshness';
import { loadLimits } from './audit-limits';
import { reservationRule } from './audit-reservations';
import { setUpRules } from './audit-set-up';
import { loadSettings } from './audit-settings';
import { StockAudit } from './audit-stock';

/** Audits the inventory store. `isQuiet`: no saga runs. */
export async function auditInventory(
  session: StoreSession,
  isQuiet: boolean,
  findings: Findings,
): Promise<void> {
  const settings = await loadSettings(session);
  const limits = await loadLimits(session);
  const rules = [...setUpRules, capRule(findings), reservationRule(findings, limits, isQuiet)];
  const freshness = new FreshnessAudit(session, findings);
  const audits = [
    // Each rule knows its own fold.
    ...rules.map((rule) => new RowAudit<never>(rule as RowRule<never>, session, findings)),
    new BackorderAudit(session, findings, settings),
    new StockAudit(session, findings, settings),
    freshness,
  ];
  await auditStreams(session, audits, findings);
  await freshness.auditUnlogged();
  await auditCapSums(session, findings);
  for (const rows of LOGGED) await auditUnlogged(session, rows, findings);
  await auditUnowned(session, findings);
}

/** Reports allocations, cap claims and backorders without a reservation, or without a stock, cap or queue row. */
async function auditUnowned(session: StoreSession, findings: Findings): Promise<void> {
  const orphans = await session.$queryRaw<{ id: string; stream: string }[]>`
    SELECT reservation_id AS id, 'stock/' || sku || '/' || node_id AS stream FROM allocation a
    WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = a.reservation_id)
      OR NOT EXISTS (SELECT 1 FROM stock s WHERE (s.sku, s.node_id) = (a.sku, a.node_id)) LIMIT 100`;
  for (const { id, stream } of orphans)
    findings.add(`${stream}: the allocation of ${id} has no reservation or no stock row.`);
  const unowned = await session.$queryRaw<{ id: string; stream: string }[]>`
    SELECT reservation_id AS id, 'cap/' || cap_id AS stream FROM cap_claim c
    WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = c.reservation_id)
      OR NOT EXISTS (SELECT 1 FROM sales_cap s WHERE s.id = c.cap_id)
    UNION ALL
    SELECT reservation_id, 'backorder/' || sku FROM backorder b
    WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = b.reservation_id)
      OR NOT EXISTS (SELECT 1 FROM backorder_queue q WHERE q.sku = b.sku) LIMIT 100`;
  for (const { id, stream } of unowned)
    findings.add(`${stream}: what ${id} has of it has no reservation, or there is no such row.`);
}

const LOGGED: readonly LoggedTable[] = [
  { table: Prisma.sql`node`, stream: Prisma.sql`'node/' || node.id` },
  { table: Prisma.sql`source`, stream: Prisma.sql`'source/' || source.id` },
  { table: Prisma.sql`item`, stream: Prisma.sql`'item/' || item.sku` },
  { table: Prisma.sql`reservation`, stream: Prisma.sql`'reservation/' || reservation.id` },
  { table: Prisma.sql`sales_cap`, stream: Prisma.sql`'cap/' || sales_cap.id` },
  { table: Prisma.sql`eligibility_rule`, stream: Prisma.sql`'rule/' || eligibility_rule.id` },
  { table: Prisma.sql`backorder_queue`, stream: Prisma.sql`'backorder/' || sku` },
  { table: Prisma.sql`freshness`, stream: Prisma.sql`'freshness/' || source_id || '/' || node_id` },
  { table: Prisma.sql`stock`, stream: Prisma.sql`'stock/' || sku || '/' || node_id` },
];
