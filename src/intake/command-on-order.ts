import type { OnOrder } from '../contracts/commands';
import type { Order } from '../domain/order/order';

/** A command on an order that is given on behalf of whoever placed it. */
export function commandOnOrder({ id: orderId, caller, customerId }: Order, commandId: string): OnOrder {
  return { commandId, caller, correlation: orderId, orderId, customerId };
}
