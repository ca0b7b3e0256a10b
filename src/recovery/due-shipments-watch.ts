import { SYSTEM_CALLER } from '../contracts/commands';
import { LARGEST_BATCH } from '../contracts/saga';
import type { Order } from '../domain/order/order';
import { compositeName } from '../names/composite-name';
import type { NewCommand, RecordAnswer } from '../stores/orders/command-rows';
import type { DueShipment, OrdersReads } from '../stores/orders/orders-reads';
import { Backoff } from './backoff';
import type { Watch } from './watch';

const EVERY_MS = 1_000;

export interface DueShipments {
  readonly reads: Pick<OrdersReads, 'dueShipments' | 'orders'>;
  /** Records the rejection of a shipment whose deadline has passed, and starts its saga. */
  readonly reject: (command: NewCommand<'reject'>) => Promise<RecordAnswer>;
}

/**
 * Creates the watch that rejects shipments whose deadline has passed, so that their units are sourced elsewhere. Each
 * deadline is one command. A locked order refuses the command, and the shipment stays due.
 */
export function dueShipmentsWatch({ reads, reject }: DueShipments): Watch {
  const backoff = new Backoff();
  return {
    name: 'due-shipments',
    everyMs: EVERY_MS,
    async look() {
      const due = await reads.dueShipments(LARGEST_BATCH, backoff.pausing(performance.now()));
      if (due.length === 0) return;
      const orders = await reads.orders(due.map(({ orderId }) => orderId));
      const commands = due.flatMap(
        (shipment) => passedDeadline(shipment, orders.get(shipment.orderId)) ?? [],
      );
      const settled = await Promise.allSettled(commands.map(reject));
      const errors = settled.flatMap((one, at) =>
        errorOf(one, commands[at]?.wanted.shipmentId ?? '', backoff),
      );
      if (errors.length > 0)
        throw new AggregateError(errors, 'the passed deadlines of some shipments could not be recorded');
    },
  };
}

/** Backs off from a shipment whose rejection failed or was refused. @returns the error, if it failed */
function errorOf(
  settled: PromiseSettledResult<RecordAnswer>,
  shipmentId: string,
  backoff: Backoff,
): readonly unknown[] {
  if (settled.status === 'fulfilled' && settled.value.kind !== 'refused') return [];
  backoff.failed(shipmentId, performance.now());
  return settled.status === 'rejected' ? [settled.reason] : [];
}

function passedDeadline(
  { id, dueAt }: DueShipment,
  order: Order | undefined,
): NewCommand<'reject'> | undefined {
  if (!order) return undefined;
  const commandId = compositeName(id, dueAt);
  return {
    id: commandId,
    kind: 'reject',
    caller: SYSTEM_CALLER,
    operation: 'deadline',
    key: commandId,
    fingerprint: commandId,
    subject: order.id,
    wanted: {
      customerId: order.customerId,
      currency: order.currency,
      shipmentId: id,
      reason: 'NO_RESPONSE',
    },
  };
}
