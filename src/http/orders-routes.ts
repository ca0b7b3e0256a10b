import { creationHeaders } from '../contracts/api/headers';
import {
  type OrderRequest,
  type OrderView,
  order,
  orderListQuery,
  orderPage,
  orderPath,
  orderQuery,
  orderRequest,
  orderTaken,
} from '../contracts/api/orders';
import { timeline, timelineHeaders, timelineMessages } from '../contracts/api/timeline';
import type { CreateOrder } from '../contracts/commands';
import type { Order } from '../domain/order/order';
import { standingOf } from '../domain/unrecorded';
import type { Stores } from '../stores/stores';
import type { ApiDependencies } from './api-dependencies';
import { batchedOrders } from './batched-reads';
import { CommandTaking, notRecordedYet, takenReply, takingAnswers } from './command-taking';
import { EVENT_STREAM } from './event-stream';
import { type KeyedExchange, keyedCommandOf } from './idempotency';
import { cursorsAt, START } from './log-cursors';
import { type Operation, operation } from './operation';
import { orderPathOf, orderView, takenOrderView } from './order-view';
import { pageFrom, positionAt } from './page-cursor';
import { invalid, notFound } from './problem';
import { jsonBody } from './request-body';
import { timelineOf } from './timeline';
import { WebUiLinks } from './web-ui-links';

const TIMELINE_DESCRIPTION = `As \`text/event-stream\` the order is followed: first the events there are, then each as it is logged. After a fault
it is asked for again with the \`id\` of the last message as \`Last-Event-ID\`: nothing is skipped and nothing comes twice.
Events of one \`stream\` come in the order of their versions. The answer ends when the service stops, after a quarter of an
hour, and, after a minute, when others find no place; comments show that it is still there.`;

/** Orders: placed, read, listed, and their history. */
export function ordersRoutes(deps: ApiDependencies): Operation[] {
  const reads = batchedOrders(deps.stores.ordersReads);
  const links = new WebUiLinks(deps.webUi);
  return [
    placeOrder(deps, reads, links),
    readOrder(deps, reads, links),
    listOrders(deps, links),
    readTimeline(deps, reads),
  ];
}

function placeOrder(
  deps: ApiDependencies,
  reads: ReturnType<typeof batchedOrders>,
  links: WebUiLinks,
): Operation {
  const taking = new CommandTaking(deps.intakes.orders, {
    claim: (caller, key) => reads.claim({ caller, key }),
    found: (id) => shownOrder(deps.stores, reads, links, id),
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
      return takenReply(taken, { id, path: orderPathOf(id), waitSeconds });
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
      const shown = await shownOrder(stores, reads, links, id);
      if (shown) return { status: 200, json: shown };
      const command = intakes.orders.pending(id);
      if (command) return { status: 200, json: takenOrderView(command, links) };
      throw notRecordedYet(`order ${id}`);
    },
  });
}

/** An order as it was recorded, or as it stands where it could not be; undefined where nothing is stored of it. */
async function shownOrder(
  { unrecorded }: Stores,
  reads: ReturnType<typeof batchedOrders>,
  links: WebUiLinks,
  id: string,
): Promise<OrderView | undefined> {
  const recorded = await reads.order(id);
  if (recorded) return orderView(recorded, links);
  const kept = await unrecorded.command(id);
  if (kept?.kind !== 'create') return undefined;
  return { ...takenOrderView(kept.command, links), ...standingOf(kept) };
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

function readTimeline(
  { stores, intakes, timelines }: ApiDependencies,
  reads: ReturnType<typeof batchedOrders>,
): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}/events',
    tag: 'Orders',
    summary: 'What happened to an order, in all three stores, oldest first; and what happens, as it does',
    description: TIMELINE_DESCRIPTION,
    scope: 'orders:read',
    params: orderPath,
    headers: timelineHeaders,
    answers: {
      200: {
        description: 'the events',
        schema: timeline,
        others: { [EVENT_STREAM]: timelineMessages },
      },
    },
    problems: [404, 406, 429],
    async handle({ params: { id }, headers, mediaType, caller }) {
      const isKnown =
        (await reads.order(id)) ?? intakes.orders.pending(id) ?? (await stores.unrecorded.command(id));
      if (!isKnown) throw notRecordedYet(`order ${id}`);
      if (mediaType !== EVENT_STREAM)
        return { status: 200, json: { items: await timelineOf(stores.logs, id) } };
      const last = headers['Last-Event-ID'];
      const after = last === undefined ? START : cursorsAt(last, 'Last-Event-ID');
      return { status: 200, stream: timelines.follow(caller, id, after) };
    },
  });
}
