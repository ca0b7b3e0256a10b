import { Client } from 'pg';

/** Streams of the log, and the share of events that belong to each: they are appended to in turn. */
const STREAMS = 1_000;

/** An event about as large as the record of an order with two lines. */
const DATA = JSON.stringify({
  caller: 'bench',
  customerId: 'bench-1',
  currency: 'EUR',
  lines: [1, 2].map((line) => ({
    lineId: `${line}`,
    sku: `BENCH-${line}`,
    quantity: line,
    unitPrice: 1_000,
  })),
  total: 5_000,
  region: 'north',
  channel: null,
  shipComplete: false,
  metadata: { note: 'an event of the bench' },
});

/** The log of orders in a database of its own, filled by the bench. */
export class BenchLog {
  #count = 0;

  private constructor(
    readonly url: string,
    readonly client: Client,
  ) {}

  static async open(url: string): Promise<BenchLog> {
    const client = new Client({ connectionString: url, options: '-c search_path=orders' });
    // A lost connection shows in the next statement; without a listener it would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return new BenchLog(url, client);
  }

  get count(): number {
    return this.#count;
  }

  /** Appends events to a thousand streams in turn, in one transaction. */
  async append(count: number): Promise<void> {
    await this.client.query(
      `INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
       SELECT 'order/' || n % ${STREAMS}, json_build_object('kind', 'order', 'id', n % ${STREAMS}), n / ${STREAMS} + 1,
         'orders.order-recorded.v1', $1, clock_timestamp(), 'bench', 'bench'
       FROM generate_series($2::int, $3::int) AS n`,
      [DATA, this.#count, this.#count + count - 1],
    );
    this.#count += count;
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
