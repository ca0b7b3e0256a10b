import { SYSTEM_CALLER } from '../../contracts/commands';
import type { Allocation } from '../../domain/inventory/offer/sourcing';
import { decideFilled } from '../../domain/order/fill-order';
import type { Deadlines } from '../../domain/order/order';
import type { OrdersStore } from '../../stores/orders/orders-store';
import { fillId } from './fill-backorders';

/** A filled backorder entry, for its order. */
export interface OrderFill {
  readonly orderId: string;
  readonly reservationId: string;
  readonly sku: string;
  readonly place: number;
  readonly allocations: readonly Allocation[];
}

export interface FillableOrders {
  /** Adds filled units to their orders, in one transaction. A repeated fill changes nothing. */
  fillOrders(fills: readonly OrderFill[]): Promise<void>;
}

/** Creates the port that fills orders in their store. `deadlines` applies to the shipments of the filled units. */
export function fillableOrders(orders: Pick<OrdersStore, 'stepOnce'>, deadlines: Deadlines): FillableOrders {
  return {
    async fillOrders(fills) {
      const commands = fills.map((fill) => ({
        ...fill,
        commandId: fillId(fill),
        caller: SYSTEM_CALLER,
        correlation: fill.orderId,
      }));
      await orders.stepOnce('recordFill', commands, ({ order, now }, fill) =>
        decideFilled(order, fill, { ...deadlines, now }),
      );
    },
  };
}
