import type { SagaView } from '../contracts/api/sagas';
import {
  creationOf,
  type OrderSaga,
  openSagasOf,
  type StoredSteps,
  stepsOf,
} from '../domain/order/open-sagas';
import type { Order } from '../domain/order/order';
import type { SagaSteps } from '../domain/saga-steps';
import type { Trip } from '../domain/trip/trip';
import { stepsOfTrip } from '../domain/trip/trip-steps';
import { databaseTrouble } from '../stores/database-errors';
import type { UnrecordedCommand } from '../stores/unrecorded-commands';
import type { ApiDependencies } from './api-dependencies';
import { orderPathOf } from './order-view';
import { sagaPathOf } from './saga-path';
import { tripPathOf } from './trip-view';
import { unrecordedSagaView } from './unrecorded-saga-view';
import type { WebUiLinks } from './web-ui-links';

/** What a saga is about. */
type Subject = Order | Trip;

/** Sagas as the API shows them, with the steps of all of them read at once. */
export async function sagaViews(
  deps: Pick<ApiDependencies, 'stores' | 'logger'>,
  subjects: readonly (Subject | UnrecordedCommand)[],
  links: WebUiLinks,
): Promise<SagaView[]> {
  const shown = subjects.flatMap((subject) => ('lines' in subject ? shownSagas(subject) : []));
  const stored = await storedSteps(deps, shown);
  const changed = subjects.flatMap((subject) => changedBy(subject) ?? []);
  const orders = changed.length > 0 ? await deps.stores.ordersReads.orders(changed) : NO_ORDERS;
  return subjects.map((subject) => {
    if ('lines' in subject) return orderSagaView(subject, stored, links);
    if ('bookings' in subject) return tripSagaView(subject, links);
    return unrecordedSagaView(subject, orders.get(changedBy(subject) ?? ''), links);
  });
}

const NO_ORDERS: ReadonlyMap<string, Order> = new Map();

/** The order that a command was to change which could not be recorded. */
function changedBy(subject: Subject | UnrecordedCommand): string | undefined {
  return 'command' in subject && 'orderId' in subject.command ? subject.command.orderId : undefined;
}

/** One whose sagas are all over is shown with the first that it had. */
function shownSagas(order: Order): readonly [OrderSaga, ...OrderSaga[]] {
  const [first = creationOf(order), ...others] = openSagasOf(order);
  return [first, ...others];
}

type Stored = ReadonlyMap<string, StoredSteps> | undefined;

/** Undefined where a store cannot be reached: that is when operators look, and the rest is known all the same. */
export async function storedSteps(
  { stores, logger }: Pick<ApiDependencies, 'stores' | 'logger'>,
  sagas: readonly OrderSaga[],
): Promise<Stored> {
  try {
    return await stores.sagaReads.storedSteps(sagas.map(({ id }) => id));
  } catch (error) {
    if (databaseTrouble(error) === 'fault') throw error;
    logger.warn({ err: error }, 'sagas are shown without their steps: a store cannot be reached');
    return undefined;
  }
}

function orderSagaView(order: Order, stored: Stored, links: WebUiLinks): SagaView {
  const [saga, ...others] = shownSagas(order);
  return {
    ...commonView(order, openSagasOf(order).length > 0),
    ...progressView(order, saga, stored),
    ...(others.length > 0 ? { others: others.map((other) => progressView(order, other, stored)) } : {}),
    ...(saga.kind === 'create' ? { workflowId: order.sagaId } : {}),
    links: {
      self: sagaPathOf(order.id),
      order: orderPathOf(order.id),
      ...(saga.kind === 'create' ? links.toWorkflow(order.sagaId) : links.toOrder(order.id)),
    },
  };
}

/** Of a command whose steps have all yet to answer. */
export const NOTHING_STORED: StoredSteps = { verdicts: {}, hasPartners: false };

function progressView(order: Order, saga: OrderSaga, stored: Stored): Pick<SagaView, 'command' | 'steps'> {
  const command = { kind: saga.kind, id: saga.id };
  if (!stored) return { command };
  return { command, steps: stepsView(stepsOf(order, saga, stored.get(saga.id) ?? NOTHING_STORED)) };
}

function tripSagaView(trip: Trip, links: WebUiLinks): SagaView {
  const { id, sagaId, status, compensation } = trip;
  return {
    ...commonView(trip, status === 'PENDING' || compensation === 'running'),
    command: { kind: 'trip', id },
    steps: stepsView(stepsOfTrip(trip)),
    workflowId: sagaId,
    links: { self: sagaPathOf(id), trip: tripPathOf(id), ...links.toWorkflow(sagaId) },
  };
}

/** What all kinds have in common. */
function commonView(subject: Subject, isOpen: boolean): Omit<SagaView, 'command' | 'links'> {
  const { id, status, reason, compensation, createdAt, updatedAt } = subject;
  const state = compensation === 'needs_attention' ? compensation : isOpen ? 'running' : 'finished';
  return {
    id,
    state,
    status,
    ...(reason === null ? {} : { reason }),
    compensation,
    ...attentionView(subject),
    startedAt: createdAt,
    updatedAt,
  };
}

/** What an operator has to finish, where there is anything. */
export function attentionView({ attention }: Pick<Subject, 'attention'>): Pick<SagaView, 'attention'> {
  return attention === null ? {} : { attention: { ...attention, remaining: [...attention.remaining] } };
}

/** A saga's steps, as the API shows them. */
export function stepsView({ done, remaining, undone }: SagaSteps): NonNullable<SagaView['steps']> {
  return { done: [...done], remaining: [...remaining], undone: [...undone] };
}
