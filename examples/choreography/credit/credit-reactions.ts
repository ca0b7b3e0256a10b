import { type Account, decideHoldCredit, decideReleaseCredit } from '../../../src/domain/credit/account';
import type { RecordedOrder } from '../../../src/domain/order/order-events';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { CreditStore } from '../../../src/stores/credit/credit-store';
import { answerFor, reaction } from '../reaction';

/** The credit service: it holds credit for each new order, and releases it where the inventory has no stock. */
export function credit(store: CreditStore): readonly Subscription[] {
  return [
    reaction<RecordedOrder>({
      name: 'credit-holds-for-orders',
      follows: 'orders',
      types: ['orders.order-recorded.v1'],
      react(events) {
        const holds = events.map(({ correlation, data }) => ({ ...commandOf(correlation, data), ...data }));
        return store.step('holdCredit', holds, hold);
      },
    }),
    reaction<{ readonly caller: string; readonly orderId: string }>({
      name: 'credit-releases-without-stock',
      follows: 'inventory',
      types: ['inventory.reservation-forestalled.v1'],
      async react(events) {
        const customers = await customersOf(
          store,
          events.map(({ data }) => data.orderId),
        );
        const releases = events.map(({ data: { orderId, caller } }) =>
          commandOf(orderId, { caller, customerId: answerFor(customers, orderId) }),
        );
        return store.step('releaseCredit', releases, decideReleaseCredit);
      },
    }),
  ];
}

type Hold = ReturnType<typeof commandOf> & Pick<RecordedOrder, 'currency' | 'total'>;

/** Holds credit. Where it is refused, a tombstone tells the followers of this log that there will be no hold. */
function hold(account: Account, { orderId, currency, total: amount }: Hold) {
  const decision = decideHoldCredit(account, { orderId, currency, amount });
  if (decision.answer.kind === 'done') return decision;
  return { ...decision, events: decideReleaseCredit(account, { orderId }).events };
}

function commandOf(orderId: string, { caller, customerId }: Pick<RecordedOrder, 'caller' | 'customerId'>) {
  return { commandId: orderId, correlation: orderId, caller, customerId, orderId };
}

async function customersOf({ client }: CreditStore, orderIds: readonly string[]) {
  const holds = await client.hold.findMany({ where: { orderId: { in: [...orderIds] } } });
  return new Map(holds.map(({ orderId, customerId }) => [orderId, customerId]));
}
