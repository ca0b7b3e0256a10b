import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { randomOrderBody } from './bench-data';

/** Under overload a server is slow to accept; giving up early would measure the caller. */
const LONGEST_WAIT_MS = 180_000;

/** A caller of POST /v1/orders over real HTTP. */
export class OrderCaller {
  readonly #pool: Pool;

  constructor(
    apiUrl: string,
    private readonly adminKey: string,
    connections: number,
    pipelining = 1,
  ) {
    const patience = { headersTimeout: LONGEST_WAIT_MS, connectTimeout: LONGEST_WAIT_MS };
    this.#pool = new Pool(apiUrl, { connections, pipelining, ...patience });
  }

  /** Places an order. Returns its status (with `wait` the final one), or the HTTP status when there is no order. */
  async order(wait: boolean, content: object = randomOrderBody()): Promise<string> {
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: '/v1/orders',
      // Each request carries a key of its own, so a repeat is safe; undici needs that for pipelining.
      idempotent: true,
      headers: {
        authorization: `Bearer ${this.adminKey}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...(wait ? { prefer: 'wait=30' } : {}),
      },
      body: JSON.stringify(content),
    });
    const answer = (await body.json()) as { readonly status: string };
    return statusCode < 300 ? answer.status : String(statusCode);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
