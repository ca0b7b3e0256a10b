import { creationHeaders } from '../contracts/api/headers';
import {
  type OrderRequest,
  order,
  orderListQuery,
  orderPage,
  orderPath,
  orderQuery,
  orderRequest,
  orderTaken,
  timeline,
} from '../contracts/api/orders';
import type { CreateOrder } from '../contracts/commands';
import type { Order } from '../domain/order/order';
import type { Stores } from '../stores/stores';
import type { ApiDependencies } from './api-dependencies';
import { batchedOrders } from './batched-reads';
import { CommandTaking, notRecordedYet, takenReply, takingAnswers } from './command-taking';
import { type KeyedExchange, keyedCommandOf } from './idempotency';
import { type Operation, operation } from './operation';
import { orderPathOf, orderView, takenOrderView } from './order-view';
import { pageFrom, positionAt } from './page-cursor';
import { invalid, notFound } from './problem';
import { jsonBody } from './request-body';
import { timelineOf } from './timeline';
import { WebUiLinks } from './web-ui-links';

/** Orders: placed, read, listed, and their history. */
export function ordersRoutes(deps: ApiDependencies): Operation[] {
  const reads = batchedOrders(deps.stores.ordersReads);
  const links = new WebUiLinks(deps.webUi);
  return [
    placeOrder(deps, reads, links),
    readOrder(deps, reads, links),
    listOrders(deps, links),
    readTimeline(deps),
  ];
}

function placeOrder(
  deps: ApiDependencies,
  reads: ReturnType<typeof batchedOrders>,
  links: WebUiLinks,
): Operation {
  const taking = new CommandTaking(deps.intakes.orders, {
    claim: (caller, key) => reads.claim({ caller, key }),
    found: (id) => reads.order(id),
  });
  return operation({
    method: 'post',
    path: '/v1/orders',
    tag: 'Orders',
    summary: 'Place an order',
    description:
      'Answers 202 as soon as a saga is sure to process the order, or, with `Prefer: wait=N`, 200 with the order ' +
      'once it is approved or rejected. A rejected order is an outcome, not an error.',
    scope: 'orders:write',
    headers: creationHeaders,
    body: jsonBody(orderRequest),
    answers: takingAnswers('order', { made: order, taken: orderTaken }),
    problems: [422],
    async handle(exchange) {
      const command = commandFrom(exchange);
      const { commandId: id } = command;
      const waitSeconds = exchange.headers.Prefer;
      const taken = await taking.take(command, waitSeconds * 1_000);
      return takenReply(taken, { id, path: orderPathOf(id), waitSeconds }, (one) => orderView(one, links));
    },
  });
}

function commandFrom(exchange: KeyedExchange & { readonly body: OrderRequest }): CreateOrder {
  const { body } = exchange;
  return {
    ...keyedCommandOf('ord_', exchange),
    customerId: body.customerId,
    currency: body.currency,
    lines: body.lines.map((line, index) => ({ lineId: String(index + 1), ...line })),
    region: body.shipTo.region,
    channel: body.channel ?? null,
    reservationId: body.reservationId ?? null,
    shipComplete: body.shipComplete ?? false,
  };
}

function readOrder(
  { intakes, stores }: ApiDependencies,
  reads: ReturnType<typeof batchedOrders>,
  links: WebUiLinks,
): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}',
    tag: 'Orders',
    summary: 'Read an order, now or as of any moment in the past',
    description:
      'Until its first step has recorded it, an order is shown by the process that took it; others answer 404 with ' +
      '`Retry-After`.',
    scope: 'orders:read',
    params: orderPath,
    query: orderQuery,
    answers: { 200: { description: 'the order as it stands, or stood', schema: order } },
    problems: [404],
    async handle({ params: { id }, query: { asOf } }) {
      if (asOf !== undefined) {
        const past = await orderAt(stores, id, asOf);
        return { status: 200, json: { ...orderView(past, links), asOf } };
      }
      const recorded = await reads.order(id);
      if (recorded) return { status: 200, json: orderView(recorded, links) };
      const command = intakes.orders.pending(id);
      if (command) return { status: 200, json: takenOrderView(command, links) };
      throw notRecordedYet(`order ${id}`);
    },
  });
}

async function orderAt({ orderHistory }: Stores, id: string, moment: string): Promise<Order> {
  const { isAhead, order: past } = await orderHistory.at(id, moment);
  if (isAhead) throw invalid('asOf', 'lies in the future');
  if (!past) throw notFound(`order ${id} as of ${moment}`);
  return past;
}

function listOrders({ stores }: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders',
    tag: 'Orders',
    summary: 'List orders, newest first',
    scope: 'orders:read',
    query: orderListQuery,
    answers: { 200: { description: 'a page of orders', schema: orderPage } },
    async handle({ query: { cursor, limit, customerId, status } }) {
      const after = cursor === undefined ? undefined : positionAt(cursor);
      const orders = await stores.ordersReads.list({ customerId, status, limit: limit + 1, after });
      return { status: 200, json: pageFrom(orders, limit, (one) => orderView(one, links)) };
    },
  });
}

function readTimeline({ stores }: ApiDependencies): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}/events',
    tag: 'Orders',
    summary: 'What happened to an order, in all three stores, oldest first',
    scope: 'orders:read',
    params: orderPath,
    answers: { 200: { description: 'the events', schema: timeline } },
    problems: [404],
    async handle({ params: { id } }) {
      const items = await timelineOf(stores, id);
      if (items.length === 0) throw notRecordedYet(`order ${id}`);
      return { status: 200, json: { items } };
    },
  });
}
