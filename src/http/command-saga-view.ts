import type { SagaView } from '../contracts/api/sagas';
import { type LoggedCommand, loggedCommand, stepsOfEnded } from '../domain/order/logged-command';
import { needsAttention, openSagasOf, stepsOf } from '../domain/order/open-sagas';
import type { Order } from '../domain/order/order';
import type { SagaSteps } from '../domain/saga-steps';
import type { LoggedOnOrder } from '../stores/saga-reads';
import type { ApiDependencies } from './api-dependencies';
import { orderPathOf } from './order-view';
import { sagaPathOf } from './saga-path';
import { attentionView, NOTHING_STORED, stepsView, storedSteps } from './saga-view';
import type { WebUiLinks } from './web-ui-links';

/** A command on an order, and the order as it is now. */
export interface CommandOnOrder {
  readonly order: Order;
  readonly command: LoggedCommand;
  readonly takenAt: string;
  readonly updatedAt: string;
}

/** The command of an order that goes by an id, also once it is over; undefined where no order's log has heard of it. */
export async function commandOnOrder(
  { sagaReads, ordersReads }: ApiDependencies['stores'],
  id: string,
): Promise<CommandOnOrder | undefined> {
  const logged = await sagaReads.logged(id);
  const command = logged && loggedCommand(id, logged.events);
  const order = command && (await ordersReads.order(logged.orderId));
  return order && { order, command, ...momentsOf(logged) };
}

function momentsOf({ events }: LoggedOnOrder): { readonly takenAt: string; readonly updatedAt: string } {
  return { takenAt: events[0]?.at ?? '', updatedAt: events.at(-1)?.at ?? '' };
}

/** The saga of one command, as the API shows it. */
export async function commandSagaView(
  deps: Pick<ApiDependencies, 'stores' | 'logger'>,
  { order, command, takenAt, updatedAt }: CommandOnOrder,
  links: WebUiLinks,
): Promise<SagaView> {
  const { id, kind, refusal } = command;
  const isOpen = openSagasOf(order).some((saga) => saga.id === id);
  const isAttended = isOpen && needsAttention(order, command);
  const stored = await storedSteps(deps, [command]);
  const steps = stored && stepsAmong(order, command, stored.get(id) ?? NOTHING_STORED, isOpen);
  return {
    id,
    command: { kind, id, ...(isOpen ? {} : endOf(refusal)) },
    state: isAttended ? 'needs_attention' : isOpen ? 'running' : 'finished',
    status: order.status,
    compensation: order.compensation,
    ...(isAttended ? attentionView(order) : {}),
    ...(steps ? { steps: stepsView(steps) } : {}),
    startedAt: takenAt,
    updatedAt,
    links: { self: sagaPathOf(id), order: orderPathOf(order.id), ...links.toOrder(order.id) },
  };
}

function stepsAmong(
  order: Order,
  command: LoggedCommand,
  stored: typeof NOTHING_STORED,
  isOpen: boolean,
): SagaSteps {
  return isOpen ? stepsOf(order, command, stored) : stepsOfEnded(command, stored);
}

function endOf(refusal: LoggedCommand['refusal']): Pick<SagaView['command'], 'outcome' | 'reason'> {
  return refusal === null ? { outcome: 'done' } : { outcome: 'refused', reason: refusal };
}
