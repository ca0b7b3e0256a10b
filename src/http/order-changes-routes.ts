import { changeHeaders } from '../contracts/api/headers';
import { orderPath, order as orderSchema, orderTaken, reviseRequest } from '../contracts/api/orders';
import type { CommandOutcome, OnOrder } from '../contracts/commands';
import { refusalOfCancel } from '../domain/order/cancel-order';
import type { Order } from '../domain/order/order';
import { refusalOfRevise } from '../domain/order/revise-order';
import type { Refusal } from '../domain/refusal';
import type { Intake } from '../intake/intake';
import type { ApiDependencies } from './api-dependencies';
import { type ChangeRequest, changeReply, onOrder, takeChange } from './change-taking';
import { notRecordedYet, REPLAYED } from './command-taking';
import { type Operation, operation, type Reply } from './operation';
import { orderPathOf, orderView } from './order-view';
import { Problem } from './problem';
import { jsonBody, noBody } from './request-body';
import { WebUiLinks } from './web-ui-links';

const ANSWERS = {
  200: { description: 'the order, changed (with `Prefer: wait`)', schema: orderSchema, headers: REPLAYED },
  202: { description: 'taken', schema: orderTaken, headers: { ...REPLAYED, Location: 'of the order' } },
};

/** What a customer changes of an order after it was placed. */
export function orderChangesRoutes(deps: ApiDependencies): Operation[] {
  const cancel = operation({
    method: 'post',
    path: '/v1/orders/{id}/cancel',
    tag: 'Orders',
    summary: 'Cancel what has not shipped',
    description:
      'While another command has the order the answer is 409 with `Retry-After`. One that loses against another after ' +
      'its 202 says so in the order’s `lastCommand`.',
    scope: 'orders:write',
    params: orderPath,
    headers: changeHeaders,
    body: noBody,
    answers: ANSWERS,
    problems: [404, 409],
    handle: ({ params: { id }, ...request }) =>
      change(deps, id, request, (order) => {
        const command = onOrder(order, `cancel ${id}`, request);
        return { intake: deps.intakes.cancels, command, refusal: refusalOfCancel(order, command) };
      }),
  });
  const revise = operation({
    method: 'post',
    path: '/v1/orders/{id}/revise',
    tag: 'Orders',
    summary: 'Revise the content of an order',
    description:
      'The whole new content, and the version it was made from. What it needs more of is had first; where that is not ' +
      'to be had, the order stays as it was and `lastCommand` says why.',
    scope: 'orders:write',
    params: orderPath,
    headers: changeHeaders,
    body: jsonBody(reviseRequest),
    answers: ANSWERS,
    problems: [404, 409],
    handle: ({ params: { id }, ...request }) =>
      change(deps, id, request, (order) => {
        const { baseVersion } = request.body;
        const lines = request.body.lines.map(({ lineId, ...line }) =>
          lineId === undefined ? line : { ...line, lineId },
        );
        const command = { ...onOrder(order, `revise ${id}`, request), baseVersion, lines };
        return { intake: deps.intakes.revisions, command, refusal: refusalOfRevise(order, command) };
      }),
  });
  return [cancel, revise];
}

async function change<C extends OnOrder>(
  { stores: { ordersReads }, intakes, webUi }: ApiDependencies,
  id: string,
  { headers }: ChangeRequest,
  prepare: (order: Order) => {
    readonly intake: Intake<C, CommandOutcome>;
    readonly command: C;
    readonly refusal: Refusal | undefined;
  },
): Promise<Reply> {
  const order = await ordersReads.order(id);
  if (!order) throw unknownOrder(id, intakes.orders.pending(id) !== undefined);
  const taken = await takeChange(ordersReads, { order, ...prepare(order) }, headers.Prefer);
  const changed = (headers.Prefer > 0 ? await ordersReads.order(id) : undefined) ?? order;
  return changeReply(taken, headers.Prefer, {
    path: orderPathOf(id),
    whole: orderView(changed, new WebUiLinks(webUi)),
    brief: { id, status: changed.status },
  });
}

function unknownOrder(id: string, isBeingCreated: boolean): Problem {
  if (!isBeingCreated) return notRecordedYet(`order ${id}`);
  const headers = { 'Retry-After': '1' };
  return new Problem('conflict', { detail: `order ${id} is not approved yet`, headers });
}
