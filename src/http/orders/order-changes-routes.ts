import { changeHeaders } from '../../contracts/api/headers';
import {
  LARGEST_ORDER_BYTES,
  orderPath,
  order as orderSchema,
  orderTaken,
  reviseRequest,
} from '../../contracts/api/orders';
import type { RevisionDecision, Wanted } from '../../domain/command/recorded-command';
import type { ShownOrder } from '../../stores/orders/orders-reads';
import type { ApiDependencies } from '../api-dependencies';
import { isFree } from '../commands/order-answerable';
import { refusedChange } from '../commands/refused-problem';
import {
  type CommandRequest,
  commandOf,
  REPLAYED,
  type Taken,
  takeCommand,
  takenReply,
  untilAnswerable,
} from '../commands/take-command';
import { replayHeaders } from '../framework/idempotency';
import { type Operation, operation, type Reply } from '../framework/operation';
import { notFound } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { WebUiLinks } from '../framework/web-ui-links';
import { orderPathOf, orderView } from './order-view';

const ANSWERS = {
  200: { description: 'the changed order (with `Prefer: wait`)', schema: orderSchema, headers: REPLAYED },
  202: {
    description: 'recorded',
    schema: orderTaken,
    headers: { ...REPLAYED, Location: 'the path of the order' },
  },
};

/** Declares the routes to cancel and to revise an order. */
export function orderChangesRoutes(deps: ApiDependencies): Operation[] {
  const cancel = operation({
    method: 'post',
    path: '/v1/orders/{id}/cancel',
    operationId: 'cancelOrder',
    tag: 'Orders',
    summary: 'Cancel the units of an order that have not shipped',
    description:
      'While another command has locked the order, the answer is 409 with `Retry-After`. A PENDING order is rejected ' +
      'with the reason `CANCELLED`.',
    scope: 'orders:write',
    params: orderPath,
    headers: changeHeaders,
    body: noBody,
    answers: ANSWERS,
    problems: [404, 409],
    handle: ({ params: { id }, ...request }) =>
      change(deps, 'cancel', id, request, ({ order: { customerId, currency } }) => ({
        customerId,
        currency,
      })),
  });
  const revise = operation({
    method: 'post',
    path: '/v1/orders/{id}/revise',
    operationId: 'reviseOrder',
    tag: 'Orders',
    summary: 'Revise the content of an order',
    description:
      'Send the whole new content, and in `baseVersion` the version that it changes. Only the net change of each item ' +
      'moves stock: a unit that moves to another line keeps its node. The saga first obtains the additional stock and ' +
      'credit. If it cannot, the order stays as it was and `lastCommand` has the reason; a caller that waits or ' +
      'repeats the request gets 409 with the reason.',
    scope: 'orders:write',
    params: orderPath,
    headers: changeHeaders,
    body: jsonBody(reviseRequest, LARGEST_ORDER_BYTES),
    answers: ANSWERS,
    problems: [404, 409],
    handle: ({ params: { id }, body, ...request }) =>
      change(deps, 'revise', id, request, ({ order: { customerId, currency } }) => ({
        customerId,
        currency,
        baseVersion: body.baseVersion,
        lines: body.lines.map(({ lineId, ...line }) => (lineId === undefined ? line : { ...line, lineId })),
      })),
  });
  return [cancel, revise];
}

async function change<K extends 'cancel' | 'revise'>(
  deps: ApiDependencies,
  kind: K,
  id: string,
  request: CommandRequest & { readonly headers: { readonly Prefer: number } },
  wantedFor: (shown: ShownOrder) => Wanted[K],
): Promise<Reply> {
  const { ordersReads: reads } = deps.stores;
  const before = await reads.shown(id);
  if (!before) throw notFound(`order ${id}`);
  const command = commandOf(kind, 'cmd_', request, { subject: id, wanted: wantedFor(before) });
  const taken = await takeCommand(deps, command);
  const { row, isReplay } = taken;
  const seconds = request.headers.Prefer;
  const isAnswerable = async () => isFree(deps.stores, await reads.shown(id), row.id);
  // The cancel of a PENDING order closes at its record: the saga of the order compensates and wakes the caller.
  const toldBy = row.decision?.kind === 'rejected-order' ? id : row.id;
  const isDone = await untilAnswerable(deps, taken, { seconds, isAnswerable, toldBy });
  const shown = (await reads.shown(id)) ?? before;
  if (kind === 'revise' && (isReplay || seconds > 0)) await refuseTurnedBack(deps, taken);
  return takenReply({
    isReplay,
    waitSeconds: seconds,
    path: orderPathOf(id),
    whole: isDone ? orderView(shown, new WebUiLinks(deps.webUi)) : undefined,
    brief: { id, status: shown.order.status },
  });
}

/**
 * Refuses a revision that was turned back, with its reason, whatever has happened to the order since.
 * @throws Problem refused or conflict
 */
async function refuseTurnedBack(
  { stores }: ApiDependencies,
  { row: { id }, isReplay }: Taken<'cancel' | 'revise'>,
): Promise<void> {
  const row = (await stores.commands.commands([id])).get(id);
  const decision = row?.decision as RevisionDecision | null | undefined;
  if (decision?.kind === 'turned-back')
    throw refusedChange({ ...decision, isFinal: true, headers: replayHeaders(isReplay) });
}
