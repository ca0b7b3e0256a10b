import type { OrderView } from '../contracts/api/orders';
import type { CreateOrder } from '../contracts/commands';
import { sourcesOf, totalOf, unitsOf } from '../domain/order/line-units';
import type { Order, OrderLine, Wait } from '../domain/order/order';
import type { WebUiLinks } from './web-ui-links';

/** An order as the API shows it. */
export function orderView(order: Order, webUi: WebUiLinks): OrderView {
  return {
    id: order.id,
    status: order.status,
    ...(order.reason === null ? {} : { reason: order.reason }),
    customerId: order.customerId,
    lines: order.lines.map((line) => lineView(order, line)),
    total: order.total,
    currency: order.currency,
    payment: order.payment,
    compensation: order.compensation,
    ...(order.lastCommand ? { lastCommand: order.lastCommand } : {}),
    version: order.version,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    links: { ...linksOf(order.id), ...webUi.toWorkflow(order.sagaId), ...webUi.toAllOf(order.id) },
  };
}

function lineView(order: Order, line: OrderLine): OrderView['lines'][number] {
  const { lineId, sku, quantity, unitPrice, waits } = line;
  return {
    lineId,
    sku,
    quantity,
    unitPrice,
    sources: [...sourcesOf(order, line)],
    ...(waits.length > 0 ? { backordered: backorderView(waits) } : {}),
    ...(line.cancelled > 0 ? { cancelled: line.cancelled } : {}),
  };
}

/** All of them are there when the last is. */
function backorderView(waits: readonly Wait[]) {
  const dates = waits.flatMap(({ promiseDate }) => promiseDate ?? []).sort();
  const promiseDate = dates.length === waits.length ? dates.at(-1) : undefined;
  const quantity = unitsOf(waits);
  return promiseDate === undefined ? { quantity } : { quantity, promiseDate };
}

/** An order that was taken in this process and that no step has recorded yet. */
export function takenOrderView(command: CreateOrder, webUi: WebUiLinks): OrderView {
  return {
    id: command.commandId,
    status: 'PENDING',
    customerId: command.customerId,
    lines: command.lines.map((line) => ({ ...line, sources: [] })),
    total: totalOf(command.lines),
    currency: command.currency,
    payment: 'unpaid',
    compensation: 'none',
    version: 1,
    links: { ...linksOf(command.commandId), ...webUi.toOrder(command.commandId) },
  };
}

function linksOf(id: string) {
  const self = orderPathOf(id);
  return { self, events: `${self}/events`, shipments: `${self}/shipments`, saga: `/v1/sagas/${id}` };
}

export function orderPathOf(id: string): string {
  return `/v1/orders/${id}`;
}
