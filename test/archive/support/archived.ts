import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogName } from '../../../src/contracts/logs';
import { projectFromStart } from '../../../src/main/roles/projections';
import type { StoreSession } from '../../../src/stores/postgres/store-session';
import type { Stores } from '../../../src/stores/stores';

/** An event as the log has it, in the form of a line of an archive. */
export type LoggedRow = Readonly<Record<string, unknown>> & {
  readonly position: number;
  readonly act: string | null;
};

/** Reads the rows of a log. */
export async function logOf(stores: Stores, log: LogName): Promise<readonly LoggedRow[]> {
  const rows = await stores.logs[log].$queryRaw<{ row: LoggedRow }[]>`
    SELECT row_to_json(event) AS row FROM event ORDER BY position`;
  return rows.map(({ row }) => row);
}

/** Reads the events in the files of one log, in order of their positions. */
export function eventsInFiles(folder: string, log: LogName): readonly LoggedRow[] {
  const files = readdirSync(folder).filter((name) => name.startsWith(`${log}-`) && name.endsWith('.gz'));
  const lines = files.flatMap((name) =>
    gunzipSync(readFileSync(path.join(folder, name)))
      .toString()
      .trimEnd()
      .split('\n'),
  );
  return lines.map((line) => JSON.parse(line) as LoggedRow).sort((a, b) => a.position - b.position);
}

/** Copies the rows of the projections. */
export async function projections(stores: Stores): Promise<object> {
  const inventory: StoreSession = stores.logs.inventory;
  const orders: StoreSession = stores.logs.orders;
  return {
    shelves: await inventory.$queryRaw`
      SELECT sku, node_id, version, shelf FROM availability_shelf ORDER BY sku, node_id`,
    settings: await inventory.$queryRaw`SELECT * FROM availability_setting ORDER BY kind, id`,
    entries: await inventory.$queryRaw`SELECT * FROM availability_backorder ORDER BY sku, place`,
    ofInventory: await inventory.$queryRaw`SELECT * FROM insight_count ORDER BY measure, dimension, day, key`,
    ofOrders: await orders.$queryRaw`SELECT * FROM insight_count ORDER BY measure, dimension, day, key`,
  };
}

/** Folds the logs into the projections again, from their start. @returns the rows */
export async function projectedAgain(stores: Stores): Promise<object> {
  await projectFromStart(stores);
  return projections(stores);
}
