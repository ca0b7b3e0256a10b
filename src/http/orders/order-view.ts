import type { OrderView } from '../../contracts/api/orders';
import type { OrderReturnView } from '../../contracts/api/returns';
import type { CommandRow } from '../../domain/command/recorded-command';
import { sourcesOf, unitsOf } from '../../domain/order/line-units';
import type { Order, OrderLine, OrderReturn, Wait } from '../../domain/order/order';
import { isRefunded, returnedUnits } from '../../domain/order/return-units';
import type { ShownOrder } from '../../stores/orders/orders-reads';
import type { ShownPersonalData } from '../../stores/orders/personal-data';
import type { WebUiLinks } from '../framework/web-ui-links';

/** Converts an order to its API view. */
export function orderView({ order, commands, personal }: ShownOrder, webUi: WebUiLinks): OrderView {
  const own = commands.find(({ id }) => id === order.id);
  return {
    id: order.id,
    status: order.status,
    ...(order.reason === null ? {} : { reason: order.reason }),
    ...(order.shortages === null ? {} : { shortages: order.shortages.map((shortage) => ({ ...shortage })) }),
    customerId: order.customerId,
    lines: order.lines.map((line) => lineView(order, line)),
    total: order.total,
    currency: order.currency,
    ...(order.shippingMethod === null ? {} : { shippingMethod: order.shippingMethod }),
    ...personalView(personal),
    ...(order.returns.length === 0 ? {} : { returns: order.returns.map(returnView) }),
    payment: order.payment,
    compensation: compensationOf(order, commands),
    ...(order.lastCommand ? { lastCommand: order.lastCommand } : {}),
    version: order.version,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    links: {
      ...linksOf(order.id),
      ...(own ? webUi.toWorkflow(own.workflowId) : webUi.toOrder(order.id)),
      ...webUi.toAllOf(order.id),
    },
  };
}

function personalView(personal: ShownPersonalData) {
  if (personal === 'erased') return { personalData: personal };
  const { externalId, metadata } = personal;
  return {
    ...(externalId === null ? {} : { externalId }),
    ...(metadata === null ? {} : { metadata: { ...metadata } }),
  };
}

/** The kinds of command that compensate nothing: their steps only follow a fact. */
const FORWARD: readonly CommandRow['kind'][] = ['ship', 'return'];

/**
 * Derives the state of compensation from the rows of the order's commands: `running` while a decided command, other
 * than a ship or a return, is open and does not hold the order's lock.
 */
function compensationOf(
  { status, pending }: Order,
  commands: readonly CommandRow[],
): OrderView['compensation'] {
  if (commands.some(({ attention }) => attention !== null)) return 'needs_attention';
  const isGivingBack = commands.some(
    ({ id, kind, isClosed, decision }) =>
      !FORWARD.includes(kind) && !isClosed && decision !== null && id !== pending?.commandId,
  );
  if (isGivingBack) return 'running';
  return status === 'REJECTED' ? 'done' : 'none';
}

function lineView(order: Order, line: OrderLine): OrderView['lines'][number] {
  const { lineId, sku, quantity, unitPrice, waits } = line;
  const returned = returnedUnits(order, lineId);
  return {
    lineId,
    sku,
    quantity,
    unitPrice,
    sources: [...sourcesOf(order, line)],
    ...(waits.length > 0 ? { backordered: backorderView(waits) } : {}),
    ...(line.cancelled > 0 ? { cancelled: line.cancelled } : {}),
    ...(returned > 0 ? { returned } : {}),
  };
}

function returnView(one: OrderReturn): OrderReturnView {
  const { id, nodeId, lines, refund, returnedAt } = one;
  return {
    id,
    nodeId,
    lines: lines.map((line) => ({ ...line })),
    refund,
    state: isRefunded(one) ? 'REFUNDED' : 'RECORDED',
    returnedAt,
  };
}

/** Sums up backorders. The promise date is the latest of all; absent when one of them has none. */
function backorderView(waits: readonly Wait[]) {
  const dates = waits.flatMap(({ promiseDate }) => promiseDate ?? []).sort();
  const promiseDate = dates.length === waits.length ? dates.at(-1) : undefined;
  const quantity = unitsOf(waits);
  return promiseDate === undefined ? { quantity } : { quantity, promiseDate };
}

function linksOf(id: string) {
  const self = orderPathOf(id);
  return { self, events: `${self}/events`, shipments: `${self}/shipments`, saga: `/v1/sagas/${id}` };
}

export function orderPathOf(id: string): string {
  return `/v1/orders/${id}`;
}
