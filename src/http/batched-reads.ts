import DataLoader from 'dataloader';
import type { Order } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';

interface KeyOfCaller {
  readonly caller: string;
  readonly key: string;
}

type OrderClaim = Awaited<ReturnType<OrdersReads['claims']>>[number];

const MOST_IN_A_BATCH = 500;

/**
 * Reads of the orders store that requests in flight share: a statement costs ten times what its rows do. A batch is
 * what arrives in one turn of the event loop (requests of one turn are parsed one by one, each in a tick of its own).
 */
export class BatchedReads {
  readonly #orders: DataLoader<string, Order | undefined>;
  readonly #claims: DataLoader<KeyOfCaller, OrderClaim | undefined>;

  constructor(reads: OrdersReads) {
    const options = {
      cache: false,
      maxBatchSize: MOST_IN_A_BATCH,
      batchScheduleFn: (dispatch: () => void) => setImmediate(dispatch),
    };
    this.#orders = new DataLoader(async (ids) => {
      const orders = await reads.orders(ids);
      return ids.map((id) => orders.get(id));
    }, options);
    this.#claims = new DataLoader(async (wanted) => {
      const claims = new Map((await reads.claims(wanted)).map((claim) => [nameOf(claim), claim]));
      return wanted.map((one) => claims.get(nameOf(one)));
    }, options);
  }

  order(id: string): Promise<Order | undefined> {
    return this.#orders.load(id);
  }

  /** What a caller's idempotency key has been claimed for. */
  claim(caller: string, key: string): Promise<OrderClaim | undefined> {
    return this.#claims.load({ caller, key });
  }
}

function nameOf({ caller, key }: KeyOfCaller): string {
  return `${caller}\n${key}`;
}
