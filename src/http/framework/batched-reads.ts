import DataLoader from 'dataloader';
import type { InventoryReads, StandingReservation } from '../../stores/inventory/inventory-reads';
import type { OrdersReads, ShownOrder } from '../../stores/orders/orders-reads';

interface KeyOfCaller {
  readonly caller: string;
  readonly key: string;
}

const MOST_IN_A_BATCH = 500;

/**
 * A read that requests in flight share: a statement costs ten times what its rows do. A batch is what arrives in one
 * turn of the event loop (requests of one turn are parsed one by one, each in a tick of its own).
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

/** An order by its id, with the commands on it. */
export function batchedOrders(reads: OrdersReads): (id: string) => Promise<ShownOrder | undefined> {
  return batched<string, ShownOrder>(
    async (ids) => [...(await reads.shownOrders(ids)).values()],
    (id) => id,
    ({ order }) => order.id,
  );
}

/** A reservation by its id, and what a caller's idempotency key has been claimed for. */
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
