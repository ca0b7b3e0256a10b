import {
  parkedEventDrop,
  parkedEventPath,
  type SubscriptionView,
  subscription,
  subscriptionList,
  subscriptionPath,
  subscriptionReset,
} from '../../contracts/api/events';
import { LOGS, type LogName } from '../../contracts/logs';
import { refuseArchived } from '../../stores/log/log-start';
import {
  RUNNING_FOR_SECONDS,
  type SubscriptionStatus,
  type SubscriptionStore,
} from '../../stores/log/subscription-store';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';
import { unlessArchived } from '../framework/past-reads';
import { notFound, Problem } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { cursorText, START } from './log-cursors';

type SubscriptionStores = Readonly<Record<LogName, SubscriptionStore>>;

const RESET = `A projection deletes its rows and folds them again from the first event, so it can be reset to \`start\` only;
until it has caught up, its rows are old. A reaction processes the events again; its commands have no second effect. Where old events
are archived, \`start\` is the start of the log, and a projection begins with what the archived events gave.`;

const REMOVE = `For one that no relay runs any more, such as that of a channel which is no longer configured. A relay that runs it
again later begins at the start of the log.`;

/**
 * Declares the routes to list subscriptions with their lag, to reset and to remove them, and to retry or drop their parked
 * events.
 */
export function subscriptionsRoutes({
  stores,
  logger,
}: Pick<ApiDependencies, 'stores' | 'logger'>): Operation[] {
  const { subscriptions } = stores;
  return [
    listSubscriptions(subscriptions),
    resetSubscription(subscriptions, logger),
    removeSubscription(subscriptions, logger),
    retryParkedEvent(subscriptions, logger),
    dropParkedEvent(subscriptions, logger),
  ];
}

function listSubscriptions(stores: SubscriptionStores): Operation {
  return operation({
    method: 'get',
    path: '/v1/subscriptions',
    operationId: 'listSubscriptions',
    tag: 'Events',
    summary: 'List the subscriptions with their lag and their parked events',
    scope: 'events:read',
    answers: { 200: { description: 'every subscription', schema: subscriptionList } },
    async handle() {
      return { status: 200, json: { items: await all(stores) } };
    },
  });
}

type Logger = ApiDependencies['logger'];

function resetSubscription(stores: SubscriptionStores, logger: Logger): Operation {
  return operation({
    method: 'post',
    path: '/v1/subscriptions/{name}/reset',
    operationId: 'resetSubscription',
    tag: 'Events',
    summary: 'Reset a subscription, so that it processes events again',
    description: RESET,
    scope: 'events:write',
    params: subscriptionPath,
    body: jsonBody(subscriptionReset),
    answers: {
      202: {
        description: 'recorded: the relay resets the subscription before its next batch',
        schema: subscription,
      },
    },
    problems: [404, 409, 410],
    async handle({ params: { name }, body: { to }, caller, cause }) {
      const before = await existing(stores, name);
      if (before.kind === 'projection' && to !== 'start') {
        throw new Problem('conflict', {
          detail: `${name} is a projection: it can be reset to start only`,
        });
      }
      const { log } = stores[before.log];
      if (to !== 'start') await unlessArchived('to', beforeStart, () => refuseArchived(log, to));
      await stores[before.log].restart(name, to, cause);
      logger.info({ subscription: name, to, by: caller }, 'an operator resets a subscription');
      return { status: 202, json: await existing(stores, name) };
    },
  });
}

function removeSubscription(stores: SubscriptionStores, logger: Logger): Operation {
  return operation({
    method: 'delete',
    path: '/v1/subscriptions/{name}',
    operationId: 'removeSubscription',
    tag: 'Events',
    summary: 'Remove a subscription, with its checkpoint and its parked events',
    description: REMOVE,
    scope: 'events:write',
    params: subscriptionPath,
    answers: { 204: { description: 'removed' } },
    problems: [404, 409],
    async handle({ params: { name }, caller, cause }) {
      const { log } = await existing(stores, name);
      const removal = await stores[log].remove(name, cause);
      if (removal === 'unknown') throw notFound(`subscription ${name}`);
      if (removal !== 'removed') throw new Problem('conflict', { detail: NOT_REMOVED[removal](name) });
      logger.info({ subscription: name, by: caller }, 'an operator removes a subscription');
      return { status: 204 };
    },
  });
}

const NOT_REMOVED = {
  projection: (name: string) => `${name} is a projection, which every relay runs: reset it to start`,
  running: (name: string) =>
    `a relay has run ${name} within the last ${RUNNING_FOR_SECONDS} seconds: start the relays without it, then try again`,
};

function retryParkedEvent(stores: SubscriptionStores, logger: Logger): Operation {
  return operation({
    method: 'post',
    path: '/v1/subscriptions/{name}/parked/{eventId}/retry',
    operationId: 'retryParkedEvent',
    tag: 'Events',
    summary: 'Process a parked event again',
    description: 'An event that fails again stays parked, with its new failure.',
    scope: 'events:write',
    params: parkedEventPath,
    body: noBody,
    answers: {
      202: {
        description: 'recorded: the relay processes the event before its next batch',
        schema: subscription,
      },
    },
    problems: [404, 409],
    async handle({ params: { name, eventId }, caller, cause }) {
      const { kind, log } = await existing(stores, name);
      if (kind === 'projection') {
        throw new Problem('conflict', {
          detail: `${name} is a projection, which cannot fold an event out of its order: reset it to start`,
        });
      }
      if (!(await stores[log].parked.requestRetry(name, eventId, cause))) throw notParked(name, eventId);
      logger.info({ subscription: name, eventId, by: caller }, 'an operator retries a parked event');
      return { status: 202, json: await existing(stores, name) };
    },
  });
}

function dropParkedEvent(stores: SubscriptionStores, logger: Logger): Operation {
  return operation({
    method: 'post',
    path: '/v1/subscriptions/{name}/parked/{eventId}/drop',
    operationId: 'dropParkedEvent',
    tag: 'Events',
    summary: 'Drop a parked event for good',
    description: 'The subscription never processes the event, unless it is reset to a moment before it.',
    scope: 'events:write',
    params: parkedEventPath,
    body: jsonBody(parkedEventDrop),
    answers: { 200: { description: 'the subscription without the event', schema: subscription } },
    problems: [404],
    async handle({ params: { name, eventId }, body: { note }, caller, cause }) {
      const { log } = await existing(stores, name);
      if (!(await stores[log].parked.drop(name, eventId, note, cause))) throw notParked(name, eventId);
      logger.info({ subscription: name, eventId, note, by: caller }, 'an operator drops a parked event');
      return { status: 200, json: await existing(stores, name) };
    },
  });
}

function beforeStart(until: string): string {
  return `must be start, or not before ${until}: earlier events are archived`;
}

function notParked(name: string, eventId: string): Problem {
  return notFound(`parked event ${eventId} of subscription ${name}`);
}

async function existing(stores: SubscriptionStores, name: string): Promise<SubscriptionView> {
  const found = (await all(stores)).find((one) => one.name === name);
  if (!found) throw notFound(`subscription ${name}`);
  return found;
}

async function all(stores: SubscriptionStores): Promise<SubscriptionView[]> {
  const lists = await Promise.all(
    LOGS.map(async (log) => (await stores[log].list()).map((status) => subscriptionView(log, status))),
  );
  return lists.flat();
}

function subscriptionView(log: LogName, status: SubscriptionStatus): SubscriptionView {
  const { name, kind, revision, lagMs, movedAt, isRunning, restartAt, cursor } = status;
  const { failure, failedAt, parked } = status;
  return {
    name,
    log,
    kind,
    revision,
    lagMs,
    movedAt,
    running: isRunning,
    cursor: cursorText({ ...START, [log]: cursor }),
    ...(restartAt === null ? {} : { restartAt }),
    ...(failure === null || failedAt === null ? {} : { failure: { message: failure, at: failedAt } }),
    parkedCount: status.parkedCount,
    parked: parked.map(({ subscription: _, retryAt, ...event }) => ({
      ...event,
      ...(retryAt === null ? {} : { retryAt }),
    })),
  };
}
