import { Client } from 'pg';
import type { StoreSession } from '../../src/stores/postgres/store-session';
import { remembering } from './asked-statements';
import { blocksRead } from './planned-statement';

/** Fills a schema and runs a read of one statement. Returns the number of blocks read. */
export async function blocksOfRead(
  url: string,
  { schema, fill, client }: { readonly schema: string; readonly fill: string; readonly client: StoreSession },
  read: (session: StoreSession) => Promise<unknown>,
): Promise<number> {
  const writer = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await writer.connect();
  try {
    await writer.query(`${fill}; ANALYZE`);
    const { session, asked } = remembering(client);
    await read(session);
    const [statement] = asked;
    return statement ? await blocksRead(writer, statement) : Number.NaN;
  } finally {
    await writer.end();
  }
}
