import type { ShownOrder } from '../../stores/orders/orders-reads';
import type { Stores } from '../../stores/stores';
import { isThroughOwnStores } from './saga-progress';

type Verdicts = Pick<Stores, 'verdicts'>;

/** Whether an order is approved, or rejected with all given back that it had of our own stores. */
export async function isDecided(stores: Verdicts, shown: ShownOrder | undefined): Promise<boolean> {
  if (!shown || shown.order.status === 'PENDING') return false;
  const own = shown.commands.find(({ id }) => id === shown.order.id);
  if (shown.order.status !== 'REJECTED' || !own || own.isClosed) return true;
  return isThroughOwnStores(own, (await stores.verdicts([own.id])).get(own.id) ?? {});
}

/** Whether a command has let go of its order; an order that it rejected has given back what it had of our own stores. */
export async function isFree(
  stores: Verdicts,
  shown: ShownOrder | undefined,
  commandId: string,
): Promise<boolean> {
  return shown?.order.pending?.commandId !== commandId && isDecided(stores, shown);
}
