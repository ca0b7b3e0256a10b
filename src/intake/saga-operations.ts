import type { FinishCompensation } from '../contracts/commands';
import { attentionOf, decideResolve, type OperatorAnswer } from '../domain/order/compensation';
import type { Order } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import type { OrdersStore } from '../stores/orders-store';

/** What an operator is told: that it was done, or that there was nothing to do. */
export type OperationAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'not-stuck'; readonly compensation: Order['compensation'] };

/** What an operator can do about a saga that needs attention. Both throw where there is no such order. */
export interface SagaOperations {
  /** Has the undos that are left run again. */
  retry(id: string, by: string): Promise<OperationAnswer>;
  /** Takes note that what was left has been put right by hand, and how. */
  resolve(id: string, by: string, note: string): Promise<OperationAnswer>;
}

export function sagaOperations(
  orders: OrdersStore,
  reads: OrdersReads,
  finishCompensation: (command: FinishCompensation) => Promise<void>,
): SagaOperations {
  return {
    async retry(orderId, by) {
      const order = await orderOf(reads, orderId);
      const answer = attentionOf(order);
      // The saga takes note of the retry itself: one start, and nothing written beside it.
      if (answer.kind === 'done') await finishCompensation(retryCommand(order, answer, by));
      return answer;
    },
    async resolve(orderId, by, note) {
      const order = await orderOf(reads, orderId);
      const command = { commandId: `${orderId}/resolve`, caller: by, correlation: orderId, orderId };
      const [answer] = await orders.step([command], (loaded) =>
        decideResolve(loaded.order ?? order, by, note),
      );
      if (!answer) throw new Error('a step gave no answer');
      return answer;
    },
  };
}

async function orderOf(reads: OrdersReads, orderId: string): Promise<Order> {
  const order = await reads.order(orderId);
  if (!order) throw new Error(`there is no order ${orderId}`);
  return order;
}

function retryCommand(
  { id, caller, customerId, lines }: Order,
  { attention, reason }: Extract<OperatorAnswer, { kind: 'done' }>,
  retriedBy: string,
): FinishCompensation {
  const { remaining } = attention;
  return {
    commandId: id,
    caller,
    correlation: id,
    customerId,
    lines,
    reason: reason ?? 'RECLAIMED',
    undone: [],
    remaining,
    retriedBy,
  };
}
