import type { ShownOrder } from '../../stores/orders/orders-reads';
import type { Stores } from '../../stores/stores';
import { isThroughOwnStores } from './saga-progress';

type Verdicts = Pick<Stores, 'verdicts'>;

/** Returns true when an order is decided and, if it is rejected, our own stores have compensated. */
export async function isDecided(stores: Verdicts, shown: ShownOrder | undefined): Promise<boolean> {
  if (!shown || shown.order.status === 'PENDING') return false;
  const own = shown.commands.find(({ id }) => id === shown.order.id);
  if (shown.order.status !== 'REJECTED' || !own || own.isClosed) return true;
  return isThroughOwnStores(own, (await stores.verdicts([own.id])).get(own.id) ?? {});
}

/** Returns true when a command has released the lock of its order, and `isDecided` holds for the order. */
export async function isFree(
  stores: Verdicts,
  shown: ShownOrder | undefined,
  commandId: string,
): Promise<boolean> {
  return shown?.order.pending?.commandId !== commandId && isDecided(stores, shown);
}
