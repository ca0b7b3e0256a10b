import { type StreamKey, streamOf } from '../../names/stream-key';
import { Prisma } from '../../stores/generated/inventory/client';
import type { StoreSession } from '../../stores/postgres/store-session';
import type { Findings } from '../audit-findings';
import { auditUnlogged, type LoggedTable, RowFold } from '../audit-streams';
import { type AnyStreamFold, foldStreams } from '../fold-streams';
import { BackorderFold } from './audit-backorders';
import { auditCapSums, capRule } from './audit-caps';
import { FreshnessFold } from './audit-freshness';
import { LimitsHistory, loadLimits } from './audit-limits';
import { reservationRule } from './audit-reservations';
import { setUpRules } from './audit-set-up';
import { loadSettings, SettingsHistory } from './audit-settings';
import { StockFold } from './audit-stock';

/** Audits the inventory store. `isQuiet`: no saga runs. */
export async function auditInventory(
  session: StoreSession,
  isQuiet: boolean,
  findings: Findings,
): Promise<void> {
  const granting = { settings: await loadSettings(session), limits: await loadLimits(session), isQuiet };
  const { freshness, others } = inventoryFolds(session, granting, findings);
  await foldStreams(session, [freshness, ...others], findings, 'compare');
  await freshness.auditUnlogged();
  await auditCapSums(session, findings);
  for (const rows of LOGGED) await auditUnlogged(session, rows, findings);
  await auditUnowned(session, findings);
}

/** The settings and limits by which grants are judged. */
interface Granting {
  readonly settings: SettingsHistory;
  readonly limits: LimitsHistory;
  readonly isQuiet: boolean;
}

/** Returns the folds of every kind of stream of the inventory. */
function inventoryFolds(
  session: StoreSession,
  { settings, limits, isQuiet }: Granting,
  findings: Findings,
): { readonly freshness: FreshnessFold; readonly others: readonly AnyStreamFold[] } {
  const others = [
    ...setUpRules.map((rule) => new RowFold(rule, session, findings)),
    new RowFold(capRule(findings), session, findings),
    new RowFold(reservationRule(findings, limits, isQuiet), session, findings),
    new BackorderFold(session, findings, settings),
    new StockFold(session, findings, settings),
  ];
  return { freshness: new FreshnessFold(session, findings), others };
}

/** Returns the folds of every kind of stream of the inventory, for writing rows: no grant is judged. */
export function inventoryFoldsToWrite(session: StoreSession, findings: Findings): readonly AnyStreamFold[] {
  const granting = {
    settings: new SettingsHistory([]),
    limits: new LimitsHistory([], []),
    isQuiet: false,
  };
  const { freshness, others } = inventoryFolds(session, granting, findings);
  return [freshness, ...others];
}

interface Unowned {
  readonly id: string;
  readonly key: StreamKey;
}

/** Reports allocations, cap claims and backorders without a reservation, or without a stock, cap or queue row. */
async function auditUnowned(session: StoreSession, findings: Findings): Promise<void> {
  const orphans = await session.$queryRaw<Unowned[]>`
    SELECT reservation_id AS id, ${STOCK_KEY} AS key FROM allocation a
    WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = a.reservation_id)
      OR NOT EXISTS (SELECT 1 FROM stock s WHERE (s.sku, s.node_id) = (a.sku, a.node_id)) LIMIT 100`;
  for (const { id, key } of orphans)
    findings.add(`${streamOf(key)}: the allocation of ${id} has no reservation or no stock row.`);
  const unowned = await session.$queryRaw<Unowned[]>`
    SELECT reservation_id AS id, json_build_object('kind', 'cap', 'id', cap_id) AS key FROM cap_claim c
    WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = c.reservation_id)
      OR NOT EXISTS (SELECT 1 FROM sales_cap s WHERE s.id = c.cap_id)
    UNION ALL
    SELECT reservation_id, ${BACKORDER_KEY} FROM backorder b
    WHERE NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = b.reservation_id)
      OR NOT EXISTS (SELECT 1 FROM backorder_queue q WHERE q.sku = b.sku) LIMIT 100`;
  for (const { id, key } of unowned)
    findings.add(`${streamOf(key)}: what ${id} has of it has no reservation, or there is no such row.`);
}

const STOCK_KEY = Prisma.sql`json_build_object('kind', 'stock', 'sku', sku, 'nodeId', node_id)`;
const BACKORDER_KEY = Prisma.sql`json_build_object('kind', 'backorder', 'sku', sku)`;

const ID = Prisma.sql`id`;
const SKU = Prisma.sql`sku`;

const keyWithId = (kind: StreamKey['kind']) => Prisma.sql`json_build_object('kind', ${kind}::text, 'id', id)`;

const LOGGED: readonly LoggedTable[] = [
  { table: Prisma.sql`node`, columns: [ID], key: keyWithId('node') },
  { table: Prisma.sql`source`, columns: [ID], key: keyWithId('source') },
  { table: Prisma.sql`item`, columns: [SKU], key: Prisma.sql`json_build_object('kind', 'item', 'sku', sku)` },
  { table: Prisma.sql`reservation`, columns: [ID], key: keyWithId('reservation') },
  { table: Prisma.sql`sales_cap`, columns: [ID], key: keyWithId('cap') },
  { table: Prisma.sql`eligibility_rule`, columns: [ID], key: keyWithId('rule') },
  { table: Prisma.sql`backorder_queue`, columns: [SKU], key: BACKORDER_KEY },
  {
    table: Prisma.sql`freshness`,
    columns: [Prisma.sql`source_id`, Prisma.sql`node_id`],
    key: Prisma.sql`json_build_object('kind', 'freshness', 'sourceId', source_id, 'nodeId', node_id)`,
  },
  { table: Prisma.sql`stock`, columns: [SKU, Prisma.sql`node_id`], key: STOCK_KEY },
];
