import { changeHeaders } from '../contracts/api/headers';
import { orderPath, order as orderSchema, orderTaken, reviseRequest } from '../contracts/api/orders';
import type { CommandRow, Wanted } from '../domain/command/recorded-command';
import type { ShownOrder } from '../stores/orders-reads';
import type { ApiDependencies } from './api-dependencies';
import { type Operation, operation, type Reply } from './operation';
import { orderPathOf, orderView } from './order-view';
import { notFound } from './problem';
import { refusedChange } from './refused-problem';
import { jsonBody, noBody } from './request-body';
import {
  type CommandRequest,
  commandOf,
  REPLAYED,
  takeCommand,
  takenReply,
  untilAnswerable,
} from './take-command';
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
      'While another command has the order the answer is 409 with `Retry-After`. Cancelling an order that is not decided ' +
      'yet rejects it.',
    scope: 'orders:write',
    params: orderPath,
    headers: changeHeaders,
    body: noBody,
    answers: ANSWERS,
    problems: [404, 409],
    handle: ({ params: { id }, body: _, ...request }) =>
      change(deps, 'cancel', id, { ...request, content: { id } }, ({ order: { customerId } }) => ({
        customerId,
      })),
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
    handle: ({ params: { id }, body, ...request }) =>
      change(deps, 'revise', id, { ...request, content: { id, body } }, ({ order: { customerId } }) => ({
        customerId,
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
  const { row, isReplay } = await takeCommand(deps, command);
  const waitSeconds = request.headers.Prefer;
  const isAnswerable = async () => isFree(await reads.shown(id), row.id);
  const isDone = row.isClosed || (await untilAnswerable(deps, row.id, isAnswerable, waitSeconds * 1_000));
  const shown = (await reads.shown(id)) ?? before;
  refuseTurnedBack(shown, row.id);
  return takenReply({
    isReplay,
    waitSeconds,
    path: orderPathOf(id),
    whole: isDone && waitSeconds > 0 ? orderView(shown, new WebUiLinks(deps.webUi)) : undefined,
    brief: { id, status: shown.order.status },
  });
}

/** Whether a command has let go of its order; a cancelled order that was PENDING when its own saga has given back. */
function isFree(shown: ShownOrder | undefined, commandId: string): boolean {
  if (!shown) return false;
  const { order, commands } = shown;
  if (order.pending?.commandId === commandId) return false;
  return order.status !== 'REJECTED' || commands.find(({ id }) => id === order.id)?.isClosed === true;
}

/** A revision that was turned back is refused with its reason, waited for or repeated. */
function refuseTurnedBack({ commands }: ShownOrder, commandId: string): void {
  const row = commands.find(({ id }) => id === commandId) as CommandRow<'revise'> | undefined;
  if (row?.decision?.kind === 'turned-back') throw refusedChange({ ...row.decision, isFinal: true });
}
