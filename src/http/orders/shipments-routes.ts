import { z } from 'zod';
import { givenMoment } from '../../contracts/api/fields';
import { changeHeaders, unitsHeaders } from '../../contracts/api/headers';
import { orderPath } from '../../contracts/api/orders';
import type { Scope } from '../../contracts/api/scopes';
import {
  rejectRequest,
  type ShipmentView,
  shipmentList,
  shipmentListQuery,
  shipmentPage,
  shipmentPath,
  shipment as shipmentSchema,
  shipmentTaken,
  shipRequest,
} from '../../contracts/api/shipments';
import type { Wanted } from '../../domain/command/recorded-command';
import { byLine } from '../../domain/order/line-units';
import type { Shipment } from '../../domain/order/order';
import { orderOfShipment } from '../../domain/order/release-shipments';
import { shipmentOf } from '../../domain/order/report-shipment';
import type { ListedShipment } from '../../stores/orders/orders-lists';
import type { OrdersReads } from '../../stores/orders/orders-reads';
import type { Stores } from '../../stores/stores';
import type { ApiDependencies } from '../api-dependencies';
import {
  type CommandRequest,
  commandOf,
  REPLAYED,
  takeCommand,
  takenReply,
  untilAnswerable,
} from '../commands/take-command';
import type { Holder } from '../framework/authentication';
import { type Operation, operation, type Reply } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { notFound } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { authorise } from '../framework/scopes';
import { orderPathOf } from './order-view';

const ANSWERS = {
  200: { description: 'the shipment (with `Prefer: wait`)', schema: shipmentSchema, headers: REPLAYED },
  202: {
    description: 'recorded',
    schema: shipmentTaken,
    headers: { ...REPLAYED, Location: 'the path of the shipments of the order' },
  },
};

/** Declares the routes to list the shipments of an order and to report on them. */
export function shipmentsRoutes(deps: ApiDependencies): Operation[] {
  return [
    listOfOrder(deps.stores.ordersReads),
    listShipments(deps.stores),
    plainReport(deps, 'accept', 'Report that a node accepts a shipment'),
    rejectUnits(deps),
    shipShipment(deps),
    plainReport(deps, 'deliver', 'Report that a shipment has arrived'),
  ];
}

const REPORT = {
  method: 'post',
  tag: 'Shipments',
  scope: { forSome: 'shipments:write' },
  params: shipmentPath,
  headers: changeHeaders,
  answers: ANSWERS,
  problems: [404, 409],
} as const;

function listOfOrder(reads: OrdersReads): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}/shipments',
    operationId: 'listOrderShipments',
    tag: 'Shipments',
    summary: 'List the shipments of an order',
    scope: 'orders:read',
    params: orderPath,
    answers: { 200: { description: 'oldest first', schema: shipmentList } },
    problems: [404],
    async handle({ params: { id } }) {
      const order = await reads.order(id);
      if (!order) throw notFound(`order ${id}`);
      return { status: 200, json: { items: order.shipments.map(shipmentView) } };
    },
  });
}

function listShipments({ ordersLists }: Pick<Stores, 'ordersLists'>): Operation {
  return operation({
    method: 'get',
    path: '/v1/shipments',
    operationId: 'listShipments',
    tag: 'Shipments',
    summary: 'List shipments, the most urgent first',
    description:
      'In the order of their deadlines; shipments without a deadline come last. The key of one node needs ' +
      '`shipments:write:<node>` only, to list the shipments of this node.',
    scope: (_, { nodeId }) =>
      nodeId === undefined ? ['orders:read'] : ['orders:read', `shipments:write:${nodeId}`],
    query: shipmentListQuery,
    answers: { 200: { description: 'a page of shipments', schema: shipmentPage } },
    async handle({ query: { cursor, limit, ...filter } }) {
      const after = positionAt(cursor, shipmentPosition);
      const rows = await ordersLists.shipments({ ...filter, limit: limit + 1, after });
      const positionOf = ({ dueAt, shipment: { id } }: ListedShipment) => [dueAt, id];
      return {
        status: 200,
        json: pageFrom(rows, limit, positionOf, ({ shipment }) => shipmentView(shipment)),
      };
    },
  });
}

const shipmentPosition = z.tuple([z.union([givenMoment, z.literal('infinity')]), shipmentPath.shape.id]);

/** Declares a report that changes the orders store only: its record completes it. */
function plainReport(deps: ApiDependencies, kind: 'accept' | 'deliver', summary: string): Operation {
  return operation({
    ...REPORT,
    path: `/v1/shipments/{id}/${kind}`,
    operationId: `${kind}Shipment`,
    summary,
    body: noBody,
    answers: { 200: ANSWERS[200] },
    handle: ({ params: { id }, ...request }) => report(deps, kind, id, request, {}),
  });
}

function shipShipment(deps: ApiDependencies): Operation {
  return operation({
    ...REPORT,
    path: '/v1/shipments/{id}/ship',
    operationId: 'shipUnits',
    summary: 'Report that a shipment has left',
    description:
      'The saga consumes the stock of the shipment and captures its worth from the held credit. An undecided revision ' +
      'is turned back (`SHIPPED_MEANWHILE`). `lines` ships a part: the shipment keeps its id with these units, and the ' +
      'rest becomes a shipment of its own, `restId`. `lineId` may be an id that the units had before a revision. An ' +
      'order that ships complete refuses a part (`SHIPS_COMPLETE`).',
    body: { ...jsonBody(shipRequest), isOptional: true },
    handle: ({ params: { id }, body, ...request }) =>
      report(deps, 'ship', id, request, { tracking: body.tracking ?? null, lines: body.lines ?? null }),
  });
}

function rejectUnits(deps: ApiDependencies): Operation {
  return operation({
    ...REPORT,
    path: '/v1/shipments/{id}/reject',
    operationId: 'rejectUnits',
    summary: 'Report that a node cannot deliver units of a shipment',
    description:
      'The units leave the shipment at once. The saga allocates them at other nodes. Units that no node has are ' +
      'backordered where the item allows it, and cancelled otherwise. `lineId` may be an id that the units had ' +
      'before a revision.',
    headers: unitsHeaders,
    body: jsonBody(rejectRequest),
    handle: ({ params: { id }, body, ...request }) => report(deps, 'reject', id, request, body),
  });
}

type ReportKind = 'accept' | 'deliver' | 'ship' | 'reject';

async function report<K extends ReportKind>(
  deps: ApiDependencies,
  kind: K,
  shipmentId: string,
  request: CommandRequest & { readonly headers: { readonly Prefer: number }; readonly holder: Holder },
  said: Omit<Wanted[K], 'customerId' | 'currency' | 'shipmentId'>,
): Promise<Reply> {
  const { ordersReads: reads } = deps.stores;
  const orderId = orderOfShipment(shipmentId);
  const before = orderId === undefined ? undefined : await reads.order(orderId);
  const reported = before && shipmentOf(before, shipmentId);
  // A key for one node gets the same answer for shipments of other nodes and for those that do not exist.
  authorise(request.holder, ['shipments:write', ...(reported ? [scopeOf(reported)] : [])]);
  if (!before || !reported) throw notFound(`shipment ${shipmentId}`);
  const { customerId, currency } = before;
  const wanted = { ...said, customerId, currency, shipmentId } as unknown as Wanted[K];
  const command = commandOf(kind, 'cmd_', request, { subject: before.id, wanted });
  const taken = await takeCommand(deps, command);
  const { row, isReplay } = taken;
  const seconds = request.headers.Prefer;
  // Acceptance, shipping and delivery are answered at their record, a rejection when the order is free.
  const isAtRecord = row.isClosed || kind === 'ship';
  const isAnswerable = async () => (await reads.order(before.id))?.pending?.commandId !== row.id;
  const isDone = isAtRecord || (await untilAnswerable(deps, taken, { seconds, isAnswerable }));
  const shipment = shipmentOf((await reads.order(before.id)) ?? before, shipmentId);
  if (!shipment) throw notFound(`shipment ${shipmentId}`);
  const isWhole = isDone && (seconds > 0 || kind === 'accept' || kind === 'deliver');
  return takenReply({
    isReplay,
    waitSeconds: seconds,
    path: `${orderPathOf(before.id)}/shipments`,
    whole: isWhole ? shipmentView(shipment) : undefined,
    brief: { id: shipmentId, state: shipment.state, ...restOf(shipment) },
  });
}

function scopeOf({ nodeId }: Shipment): Scope {
  return `shipments:write:${nodeId}`;
}

function restOf({ restId }: Shipment): Pick<ShipmentView, 'restId'> {
  return restId === undefined ? {} : { restId };
}

function shipmentView(shipment: Shipment): ShipmentView {
  const { id, orderId, nodeId, state, lines, dueAt, tracking } = shipment;
  const isAtNode = state === 'RELEASED' || state === 'ACCEPTED';
  return {
    id,
    orderId,
    nodeId,
    state,
    lines: byLine(lines).map(({ lineId, quantity }) => ({
      lineId,
      sku: lines.find((line) => line.lineId === lineId)?.sku ?? '',
      quantity,
    })),
    ...(isAtNode && dueAt !== null ? { deadline: dueAt } : {}),
    ...(tracking === undefined ? {} : { tracking }),
    ...restOf(shipment),
  };
}
