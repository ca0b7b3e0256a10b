import { changeHeaders } from '../contracts/api/headers';
import { orderPath } from '../contracts/api/orders';
import {
  rejectRequest,
  type ShipmentView,
  shipmentList,
  shipmentPath,
  shipment as shipmentSchema,
  shipmentTaken,
  shipRequest,
} from '../contracts/api/shipments';
import type { CommandOutcome, ReportShipment } from '../contracts/commands';
import type { Order, Shipment } from '../domain/order/order';
import { refusalOfReject } from '../domain/order/reject-shipment';
import { orderOfShipment } from '../domain/order/release-shipments';
import { type ReportKind, refusalOfReport, shipmentOf } from '../domain/order/report-shipment';
import type { Refusal } from '../domain/refusal';
import type { Intake } from '../intake/intake';
import type { OrdersReads } from '../stores/orders-reads';
import type { ApiDependencies } from './api-dependencies';
import { type ChangeRequest, changeReply, onOrder, takeChange } from './change-taking';
import { REPLAYED } from './command-taking';
import { type Operation, operation, type Reply } from './operation';
import { orderPathOf } from './order-view';
import { notFound } from './problem';
import { jsonBody, noBody } from './request-body';

const ANSWERS = {
  200: { description: 'the shipment (with `Prefer: wait`)', schema: shipmentSchema, headers: REPLAYED },
  202: { description: 'taken', schema: shipmentTaken, headers: { ...REPLAYED, Location: 'of its order' } },
};

/** What an order's nodes are to send, and what they report of it. */
export function shipmentsRoutes(deps: ApiDependencies): Operation[] {
  const { accepts, deliveries } = deps.intakes;
  return [
    listShipments(deps.stores.ordersReads),
    plainReport(deps, 'accept', accepts, 'A node takes a shipment on'),
    rejectUnits(deps),
    shipShipment(deps),
    plainReport(deps, 'deliver', deliveries, 'A shipment has arrived'),
  ];
}

const REPORT = {
  method: 'post',
  tag: 'Shipments',
  scope: 'shipments:write',
  params: shipmentPath,
  headers: changeHeaders,
  answers: ANSWERS,
  problems: [404, 409],
} as const;

function listShipments(reads: OrdersReads): Operation {
  return operation({
    method: 'get',
    path: '/v1/orders/{id}/shipments',
    tag: 'Shipments',
    summary: 'List what the nodes of an order are to send',
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

function plainReport(
  deps: ApiDependencies,
  kind: ReportKind,
  intake: Intake<ReportShipment, CommandOutcome>,
  summary: string,
): Operation {
  return operation({
    ...REPORT,
    path: `/v1/shipments/{id}/${kind}`,
    summary,
    body: noBody,
    handle: ({ params: { id: shipmentId }, ...request }) =>
      report(deps.stores.ordersReads, shipmentId, request, (order) => ({
        intake,
        command: { ...onOrder(order, `${kind} ${shipmentId}`, request), shipmentId },
        refusal: refusalOfReport(order, kind, { shipmentId }),
      })),
  });
}

function shipShipment(deps: ApiDependencies): Operation {
  return operation({
    ...REPORT,
    path: '/v1/shipments/{id}/ship',
    summary: 'A shipment has left',
    description: 'Its stock is consumed and its part of the credit captured.',
    body: { ...jsonBody(shipRequest), isOptional: true },
    handle: ({ params: { id: shipmentId }, ...request }) =>
      report(deps.stores.ordersReads, shipmentId, request, (order) => {
        const tracking = request.body.tracking ?? null;
        const command = { ...onOrder(order, `ship ${shipmentId}`, request), shipmentId, tracking };
        return { intake: deps.intakes.ships, command, refusal: refusalOfReport(order, 'ship', command) };
      }),
  });
}

function rejectUnits(deps: ApiDependencies): Operation {
  return operation({
    ...REPORT,
    path: '/v1/shipments/{id}/reject',
    summary: 'A node cannot deliver units of a shipment',
    description:
      'They are looked for at other nodes, else backordered where the item allows it, else cancelled.',
    body: jsonBody(rejectRequest),
    handle: ({ params: { id: shipmentId }, ...request }) =>
      report(deps.stores.ordersReads, shipmentId, request, (order) => {
        const command = { ...onOrder(order, `reject ${shipmentId}`, request), shipmentId, ...request.body };
        return { intake: deps.intakes.rejections, command, refusal: refusalOfReject(order, command) };
      }),
  });
}

async function report<C extends ReportShipment>(
  reads: OrdersReads,
  shipmentId: string,
  { headers }: ChangeRequest,
  prepare: (order: Order) => {
    readonly intake: Intake<C, CommandOutcome>;
    readonly command: C;
    readonly refusal: Refusal | undefined;
  },
): Promise<Reply> {
  const orderId = orderOfShipment(shipmentId);
  const order = orderId === undefined ? undefined : await reads.order(orderId);
  if (!order || !shipmentOf(order, shipmentId)) throw notFound(`shipment ${shipmentId}`);
  const taken = await takeChange(reads, { order, ...prepare(order) }, headers.Prefer);
  const changed = (headers.Prefer > 0 ? await reads.order(order.id) : undefined) ?? order;
  const shipment = shipmentOf(changed, shipmentId);
  if (!shipment) throw notFound(`shipment ${shipmentId}`);
  return changeReply(taken, headers.Prefer, {
    path: `${orderPathOf(order.id)}/shipments`,
    whole: shipmentView(shipment),
    brief: { id: shipmentId, state: shipment.state },
  });
}

function shipmentView({ id, orderId, nodeId, state, lines, dueAt, tracking }: Shipment): ShipmentView {
  const isAtNode = state === 'RELEASED' || state === 'ACCEPTED';
  return {
    id,
    orderId,
    nodeId,
    state,
    lines: lines.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity })),
    ...(isAtNode && dueAt !== null ? { deadline: dueAt } : {}),
    ...(tracking === undefined ? {} : { tracking }),
  };
}
