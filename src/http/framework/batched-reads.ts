import DataLoader from 'dataloader';
import type { InventoryReads, StandingReservation } from '../../stores/inventory/inventory-reads';
import type { OrdersReads, ShownOrder } from '../../stores/orders/orders-reads';

interface KeyOfCaller {
  readonly caller: string;
  readonly key: string;
}

const MOST_IN_A_BATCH = 500;

/**
 * Returns a read that requests in flight share, because a statement costs ten times as much as its rows. A batch is all
 * reads of one turn of the event loop. `setImmediate` gathers them, because each request of a turn is parsed in its own
 * tick.
 */
function batched<Key, Row>(
  load: (keys: readonly Key[]) => Promise<readonly Row[]>,
  nameOf: (key: Key) => string,
  nameOfRow: (row: Row) => string,
): (key: Key) => Promise<Row | undefined> {
  const loader = new DataLoader<Key, Row | undefined>(
    async (keys) => {
      const rows = new Map((await load(keys)).map((row) => [nameOfRow(row), row]));
      return keys.map((key) => rows.get(nameOf(key)));
    },
    {
      cache: false,
      maxBatchSize: MOST_IN_A_BATCH,
      batchScheduleFn: (dispatch: () => void) => setImmediate(dispatch),
    },
  );
  return (key) => loader.load(key);
}

/** Returns a batched read of an order, with the commands that show on it, by its id. */
export function batchedOrders(reads: OrdersReads): (id: string) => Promise<ShownOrder | undefined> {
  return batched<string, ShownOrder>(
    async (ids) => [...(await reads.shownOrders(ids)).values()],
    (id) => id,
    ({ order }) => order.id,
  );
}

/** Returns batched reads of a reservation by its id, and of the claim of a caller's idempotency key. */
export function batchedReservations(reads: InventoryReads) {
  const reservation = batched<string, StandingReservation>(
    (ids) => reads.reservations(ids),
    (id) => id,
    ({ id }) => id,
  );
  const claim = batched<KeyOfCaller, Awaited<ReturnType<InventoryReads['claims']>>[number]>(
    (wanted) => reads.claims(wanted),
    nameOfKey,
    nameOfKey,
  );
  return { reservation, claim };
}

function nameOfKey({ caller, key }: KeyOfCaller): string {
  return `${caller}\n${key}`;
}
