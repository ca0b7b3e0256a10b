import { connect, type Holdfast, pages } from '../../client/holdfast-client';
import { StockCopy } from '../../client/stock-copy';

type Follow = (holdfast: Holdfast, copy: StockCopy, signal: AbortSignal) => Promise<void>;

const EVENTS = { types: ['inventory.*'] };

/** The three ways to keep a copy of the stock. Each one goes on until the signal aborts. */
export const WAYS: Readonly<Record<string, Follow>> = {
  /** Every event from the first one on. */
  async events(holdfast, copy, signal) {
    for await (const event of holdfast.events({ ...EVENTS, signal })) copy.take(event);
  },

  /** A snapshot, and the events after it. */
  async snapshot(holdfast, copy, signal) {
    let after: string | undefined;
    const rows = pages(async (cursor) => {
      const page = await holdfast.getStockSnapshot({ query: { limit: 1_000, ...cursor } });
      after ??= page.events;
      return page;
    });
    for await (const row of rows) copy.load(row);
    for await (const event of holdfast.events({ ...EVENTS, after: after ?? '', signal })) copy.take(event);
  },

  /** The newest state of what has changed. */
  async latest(holdfast, copy, signal) {
    for await (const row of holdfast.latestStock({ signal })) copy.load(row);
  },
};

if (require.main === module) {
  const { HOLDFAST = 'http://127.0.0.1:3000', KEY = '' } = process.env;
  const copy = new StockCopy();
  const way = WAYS[process.argv[2] ?? 'snapshot'];
  if (!way) throw new Error(`usage: npx tsx examples/follower/follower.ts ${Object.keys(WAYS).join(' | ')}`);
  setInterval(() => console.log(copy.places.map(({ sku, nodeId }) => copy.at(sku, nodeId)?.stock)), 5_000);
  way(connect({ url: HOLDFAST, key: KEY }), copy, new AbortController().signal).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
