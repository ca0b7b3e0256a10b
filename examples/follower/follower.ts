import { StockCopy } from '../../client/stock-copy';

/** Calls the API and waits up to ten seconds for something new. */
// biome-ignore lint/suspicious/noExplicitAny: pages of three kinds
export type Get = (path: string) => Promise<any>;
type Follow = (get: Get, copy: StockCopy, signal: AbortSignal) => Promise<void>;

/** The three ways to keep a copy of the stock. Each one goes on until the signal aborts. */
export const WAYS: Readonly<Record<string, Follow>> = {
  /** Every event from the first one on. */
  events: (get, copy, signal) => readOn(get, copy, undefined, signal),

  /** A snapshot, and the events after it. */
  async snapshot(get, copy, signal) {
    let cursor = '';
    let events: string | undefined;
    do {
      const page = await get(`/v1/snapshots/stock?limit=1000${cursor}`);
      events ??= page.events as string;
      for (const row of page.items) copy.load(row);
      cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : '';
    } while (cursor !== '');
    await readOn(get, copy, events, signal);
  },

  /** The newest state of what has changed. */
  async latest(get, copy, signal) {
    for (let after = ''; !signal.aborted; ) {
      const page = await get(`/v1/latest/stock?limit=1000${after}`);
      for (const row of page.items) copy.load(row);
      after = `&after=${page.next}`;
    }
  },
};

async function readOn(get: Get, copy: StockCopy, from: string | undefined, signal: AbortSignal) {
  for (let after = from && `&after=${from}`; !signal.aborted; ) {
    const page = await get(`/v1/events?types=inventory.*&limit=1000${after ?? ''}`);
    for (const event of page.items) copy.take(event);
    after = `&after=${page.next}`;
  }
}

if (require.main === module) {
  const { HOLDFAST = 'http://127.0.0.1:3000', KEY = '' } = process.env;
  const headers = { authorization: `Bearer ${KEY}`, prefer: 'wait=10' };
  const get: Get = async (path) => (await fetch(HOLDFAST + path, { headers })).json();
  const copy = new StockCopy();
  const way = WAYS[process.argv[2] ?? 'snapshot'];
  if (!way) throw new Error(`usage: npx tsx examples/follower/follower.ts ${Object.keys(WAYS).join(' | ')}`);
  setInterval(() => console.log(copy.places.map(({ sku, nodeId }) => copy.at(sku, nodeId)?.stock)), 5_000);
  way(get, copy, new AbortController().signal).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
