import { isDeepStrictEqual } from 'node:util';
import { rebuildBooks } from '../../src/audit/rebuild';
import type { StoreSession } from '../../src/stores/postgres/store-session';
import type { Stores } from '../../src/stores/stores';

type Row = Readonly<Record<string, unknown>>;

/** The rows of every table, by `store.table`, each as sorted text. */
export type CopiedRows = ReadonlyMap<string, readonly string[]>;

/** Tables that a rebuild changes on purpose: copies of the log, and the checkpoints of projections. */
const NOT_STATE = /^(_prisma_migrations|subscription|fold_snapshot|insight_count|availability_.*)$/;

/** Copies the rows of the three stores. */
export async function copyRows(stores: Stores): Promise<CopiedRows> {
  const copies = new Map<string, readonly string[]>();
  for (const [store, { client }] of Object.entries(storesOf(stores))) {
    const session: StoreSession = client;
    const tables = await session.$queryRaw<{ name: string; rows: Row[] | null }[]>`
      SELECT table_name AS name, (xpath('/row/rows/text()', query_to_xml(
        format('SELECT encode(convert_to(coalesce(json_agg(t)::text, ''[]''), ''UTF8''), ''base64'') AS rows FROM %I.%I t',
          table_schema, table_name), false, true, '')))[1]::text AS rows
      FROM information_schema.tables
      WHERE table_schema = ${store} AND table_type = 'BASE TABLE' ORDER BY table_name`;
    for (const { name, rows } of tables) {
      if (NOT_STATE.test(name)) continue;
      const read = JSON.parse(Buffer.from(String(rows), 'base64').toString()) as Row[];
      copies.set(`${store}.${name}`, read.map((row) => JSON.stringify(comparable(name, row))).sort());
    }
  }
  return copies;
}

/**
 * Leaves out facts that a log does not contain: the number of a departure's row, the order of repeated counts in a
 * stock row, and by how much the watch for silent feeds checks too early.
 */
function comparable(table: string, row: Row): Row {
  if (table === 'departure') return { ...row, id: undefined };
  if (table !== 'stock') return row;
  const repeated = (row.repeated as object[]).map((one) => JSON.stringify(one)).sort();
  return { ...row, repeated, supply_unnoted_since: row.supply_unnoted_since !== null };
}

/** Describes the tables in which two copies differ, with the rows that only one of them has. */
export function differencesOf(before: CopiedRows, after: CopiedRows): readonly string[] {
  return [...before].flatMap(([table, rows]) => {
    const now = after.get(table) ?? [];
    if (isDeepStrictEqual(rows, now)) return [];
    const only = (some: readonly string[], others: readonly string[]) =>
      some.filter((row) => !others.includes(row)).slice(0, 3);
    return [`${table} had ${only(rows, now)} and has ${only(now, rows)}`];
  });
}

/** Rebuilds the stores. Returns the differences from the rows before. */
export async function rebuildChanges(stores: Stores): Promise<readonly string[]> {
  const before = await copyRows(stores);
  await rebuildBooks(stores);
  return differencesOf(before, await copyRows(stores));
}

function storesOf({ orders, inventory, credit }: Stores) {
  return { orders, inventory, credit };
}
