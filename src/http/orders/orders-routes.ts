import { z } from 'zod';
import { givenMoment, orderId } from '../../contracts/api/fields';
import { creationHeaders } from '../../contracts/api/headers';
import {
  LARGEST_ORDER_BYTES,
  type OrderRequest,
  order,
  orderListQuery,
  orderPage,
  orderPath,
  orderQuery,
  orderRequest,
  orderTaken,
} from '../../contracts/api/orders';
import { timeline, timelineHeaders, timelineMessages } from '../../contracts/api/timeline';
import type { WantedOrder } from '../../domain/command/recorded-command';
import type { ShownOrder } from '../../stores/orders/orders-reads';
import { sealPersonalData } from '../../stores/orders/personal-data';
import type { Stores } from '../../stores/stores';
import type { ApiDependencies } from '../api-dependencies';
import { isDecided } from '../commands/order-answerable';
import {
  commandOf,
  REPLAYED,
  refuseWhileFull,
  takeCommand,
  takenReply,
  untilAnswerable,
} from '../commands/take-command';
import { cursorsAt, START } from '../event-feed/log-cursors';
import { batchedOrders } from '../framework/batched-reads';
import { EVENT_STREAM } from '../framework/event-stream';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { readPast } from '../framework/past-reads';
import { notFound } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { WebUiLinks } from '../framework/web-ui-links';
import { orderPathOf, orderView } from './order-view';
import { timelineOf } from './timeline';

const TIMELINE_DESCRIPTION = `With \`Accept: text/event-stream\` the answer follows the order: it sends the events logged so far, then each new
one. To resume, send the \`id\` of the last message as \`Last-Event-ID\`: no event is skipped or sent twice. Events of one
\`stream\` arrive in the order of their versions. The stream ends after 15 minutes, when the API process stops,
and, once it is a minute old, when another stream needs its place. Comments keep the connection alive.`;

/** Declares the routes to place, read and list orders and to read or follow their events. */
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

type OrderReader = ReturnType<typeof batchedOrders>;

function placeOrder(deps: ApiDependencies, reads: OrderReader, links: WebUiLinks): Operation {
  return operation({
    method: 'post',
    path: '/v1/orders',
    operationId: 'placeOrder',
    tag: 'Orders',
    summary: 'Place an order',
    description:
      'Answers 202 once the order is recorded, or, with `Prefer: wait=N`, 200 with the order once it is approved or ' +
      'rejected. A rejected order is an outcome, not an error.',
    scope: 'orders:write',
    headers: creationHeaders,
    body: jsonBody(orderRequest, LARGEST_ORDER_BYTES),
    answers: {
      200: {
        description: 'the order, decided (with `Prefer: wait`)',
        schema: order,
        headers: { ...REPLAYED, 'Preference-Applied': '`wait=N`' },
      },
      202: {
        description: 'recorded',
        schema: orderTaken,
        headers: { ...REPLAYED, Location: 'the path of the order' },
      },
    },
    problems: [422],
    async handle({ body, ...request }) {
      const { externalId = null, metadata = null } = body;
      const unsealed = commandOf('create', 'ord_', request, { wanted: wantedOrder(body) });
      const command = sealPersonalData(unsealed, { externalId, metadata });
      await refuseWhileFull(deps, command);
      const taken = await takeCommand(deps, command);
      const { row, isReplay } = taken;
      const waitSeconds = request.headers.Prefer;
      const isAnswerable = async () => isDecided(deps.stores, await reads(row.id));
      await untilAnswerable(deps, taken, { seconds: waitSeconds, isAnswerable });
      const shown = isReplay || waitSeconds > 0 ? await reads(row.id) : undefined;
      const isWaitedFor = waitSeconds > 0 && shown !== undefined && shown.order.status !== 'PENDING';
      return takenReply({
        isReplay,
        waitSeconds,
        path: orderPathOf(row.id),
        whole: isWaitedFor ? orderView(shown, links) : undefined,
        brief: { id: row.id, status: shown?.order.status ?? 'PENDING' },
      });
    },
  });
}

function wantedOrder(body: OrderRequest): WantedOrder {
  return {
    customerId: body.customerId,
    currency: body.currency,
    lines: body.lines.map((line, index) => ({ lineId: String(index + 1), ...line })),
    region: body.shipTo.region,
    channel: body.channel ?? null,
    reservationId: body.reservationId ?? null,
    shipComplete: body.shipComplete ?? false,
    shippingMethod: body.shippingMethod ?? null,
    sealed: null,
    maxShipments: body.maxShipments ?? null,
  };
}

function readOrder({ stores }: ApiDependencies, reads: OrderReader, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}',
    operationId: 'getOrder',
    tag: 'Orders',
    summary: 'Read an order, now or as of a moment in the past',
    scope: 'orders:read',
    params: orderPath,
    query: orderQuery,
    answers: { 200: { description: 'the order in its present state, or as of `asOf`', schema: order } },
    problems: [404, 410],
    async handle({ params: { id }, query: { asOf } }) {
      if (asOf !== undefined) {
        return { status: 200, json: { ...orderView(await orderAt(stores, id, asOf), links), asOf } };
      }
      const shown = await reads(id);
      if (!shown) throw notFound(`order ${id}`);
      return { status: 200, json: orderView(shown, links) };
    },
  });
}

async function orderAt({ orderHistory }: Stores, id: string, moment: string): Promise<ShownOrder> {
  const { order, personal } = await readPast(() => orderHistory.at(id, moment));
  if (!order) throw notFound(`order ${id} as of ${moment}`);
  return { order, personal, commands: [] };
}

function listOrders({ stores }: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders',
    operationId: 'listOrders',
    tag: 'Orders',
    summary: 'List orders, newest first',
    scope: 'orders:read',
    query: orderListQuery,
    answers: { 200: { description: 'a page of orders', schema: orderPage } },
    async handle({ query: { cursor, limit, ...filter } }) {
      const after = positionAt(cursor, z.tuple([givenMoment, orderId]));
      const orders = await stores.ordersLists.orders({ ...filter, limit: limit + 1, after });
      const positionOf = ({ order: { createdAt, id } }: ShownOrder) => [createdAt, id];
      return { status: 200, json: pageFrom(orders, limit, positionOf, (one) => orderView(one, links)) };
    },
  });
}

function readTimeline({ stores, timelines }: ApiDependencies, reads: OrderReader): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}/events',
    operationId: 'listOrderEvents',
    tag: 'Orders',
    summary: 'Read or follow the events of an order in all three stores, oldest first',
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
      const shown = await reads(id);
      if (!shown) throw notFound(`order ${id}`);
      if (mediaType !== EVENT_STREAM)
        return { status: 200, json: await timelineOf(stores.logs, shown.order) };
      const last = headers['Last-Event-ID'];
      const after = last === undefined ? START : cursorsAt(last, 'Last-Event-ID');
      return { status: 200, stream: timelines.follow(caller, id, after) };
    },
  });
}
