import { raw, sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../stores/postgres/store-session';

/** The rows of one table; the fields have the names of the columns, in camel case. */
export type TableRows = readonly [table: string, rows: readonly object[]];

/** Inserts rows. A field that is no column is left out; a column without a field is null. */
export async function writeRows(session: StoreSession, tables: readonly TableRows[]): Promise<void> {
  for (const [table, rows] of tables) {
    if (rows.length === 0) continue;
    const name = raw(`"${table}"`);
    await session.$executeRaw(sql`
      INSERT INTO ${name} SELECT * FROM jsonb_populate_recordset(
        NULL::${name}, ${JSON.stringify(rows.map(inSnakeCase))}::jsonb)`);
  }
}

function inSnakeCase(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [
      field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
      value,
    ]),
  );
}
