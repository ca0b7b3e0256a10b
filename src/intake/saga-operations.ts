import type { FinishCompensation } from '../contracts/commands';
import { wereAsked } from '../domain/inventory/partner-booking';
import { attentionOf, decideResolve } from '../domain/order/compensation';
import { stepsLeft, undosLeft } from '../domain/order/evolve-attention';
import type { Order } from '../domain/order/order';
import { decideRetryCommands } from '../domain/order/stop-command';
import { databaseTrouble } from '../stores/database-errors';
import type { OrdersReads } from '../stores/orders-reads';
import type { OrdersStore } from '../stores/orders-store';
import type { PartnerBookings } from '../stores/partner-bookings';
import { IntakeFull } from './intake';
import { reclaimCommand } from './lost-sagas-watch';

/** What an operator is told: that it was done, or that there was nothing to do. */
export type OperationAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'not-stuck'; readonly compensation: Order['compensation'] };

/** What an operator can do about a saga that needs attention. Both throw where there is no such order. */
export interface SagaOperations {
  /** Has the undos and steps that are left run again. */
  retry(id: string, by: string): Promise<OperationAnswer>;
  /** Takes note that what was left has been put right by hand, and how. */
  resolve(id: string, by: string, note: string): Promise<OperationAnswer>;
}

/** How what is left of an order is begun again. */
interface Starting {
  readonly finishCompensation: (command: FinishCompensation) => Promise<void>;
  /** Gives the command again that has an order for itself. */
  readonly takeUpAgain: (order: Order) => void;
}

/** Where orders are kept, and what their partners were asked for. */
export interface OrderRecords {
  readonly orders: OrdersStore;
  readonly ordersReads: OrdersReads;
  readonly partnerBookings: PartnerBookings;
}

export function sagaOperations(
  { orders, ordersReads: reads, partnerBookings }: OrderRecords,
  starting: Starting,
): SagaOperations {
  return {
    async retry(orderId, by) {
      const order = await orderOf(reads, orderId);
      const answer = attentionOf(order);
      if (answer.kind !== 'done') return answer;
      if (stepsLeft(order).length > 0) {
        // Noted first: a saga that stops again must not have its stop taken for the one that was there before.
        await noteRetry(orders, orderId, by);
        soon(() => starting.takeUpAgain(order));
      }
      // The saga takes note of the retry itself: one start, and nothing written beside it.
      if (undosLeft(order).length > 0) await starting.finishCompensation(retryCommand(order, by));
      return answer;
    },
    async resolve(orderId, by, note) {
      const order = await orderOf(reads, orderId);
      const mayLeaveSurplus = await mayHaveBookings(partnerBookings, order);
      const command = { commandId: `${orderId}/resolve`, caller: by, correlation: orderId, orderId };
      const [answer] = await orders.step([command], (loaded) =>
        decideResolve(loaded.order ?? order, { by, note, mayLeaveSurplus }),
      );
      if (!answer) throw new Error('a step gave no answer');
      if (answer.kind === 'done') await cancelSurplus(await orderOf(reads, orderId), starting);
      return answer;
    },
  };
}

async function orderOf(reads: OrdersReads, orderId: string): Promise<Order> {
  const order = await reads.order(orderId);
  if (!order) throw new Error(`there is no order ${orderId}`);
  return order;
}

/**
 * Whether partners may have more of an order than it needs once its command is ended: not where none was asked, and an
 * approved order asks nobody any more. An operator need not wait for the inventory: where it cannot be reached they are
 * taken to have been asked, and whoever tells them to cancel looks again.
 */
async function mayHaveBookings(bookings: PartnerBookings, { id }: Order): Promise<boolean> {
  try {
    return wereAsked(await bookings.askedFor(id));
  } catch (error) {
    if (databaseTrouble(error) === 'fault') throw error;
    return true;
  }
}

/** The order says that partners are to be asked: whoever notices lost sagas sees to it where it cannot be begun now. */
async function cancelSurplus(order: Order, { finishCompensation }: Starting): Promise<void> {
  if (order.compensation !== 'running') return;
  await finishCompensation(reclaimCommand(order)).catch(() => undefined);
}

/** What has shipped is due from now on, and an order that stays taken is noticed: this is only sooner. */
function soon(takeUpAgain: () => void): void {
  try {
    takeUpAgain();
  } catch (error) {
    if (!(error instanceof IntakeFull)) throw error;
  }
}

async function noteRetry(orders: OrdersStore, orderId: string, by: string): Promise<void> {
  const command = { commandId: `${orderId}/retry`, caller: by, correlation: orderId, orderId };
  await orders.step([command], ({ order, now }) => decideRetryCommands(order, by, now));
}

function retryCommand(order: Order, retriedBy: string): FinishCompensation {
  return { ...reclaimCommand(order), remaining: undosLeft(order), retriedBy };
}
