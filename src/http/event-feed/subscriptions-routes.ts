import {
  type SubscriptionView,
  subscription,
  subscriptionList,
  subscriptionPath,
  subscriptionReset,
} from '../../contracts/api/events';
import type { SubscriptionStatus, SubscriptionStore } from '../../stores/log/subscription-store';
import { type Operation, operation } from '../framework/operation';
import { notFound, Problem } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { cursorText, START } from './log-cursors';

const RESET = `A projection deletes its rows and folds them again from the first event, so it can be reset to \`start\` only;
until it has caught up, its rows are old. A reaction processes the events again; its commands have no second effect.`;

/** Declares the routes to list subscriptions with their lag and to reset them. */
export function subscriptionsRoutes(store: SubscriptionStore): Operation[] {
  return [listSubscriptions(store), resetSubscription(store)];
}

function listSubscriptions(store: SubscriptionStore): Operation {
  return operation({
    method: 'get',
    path: '/v1/subscriptions',
    tag: 'Events',
    summary: 'List the subscriptions with their lag and their parked events',
    scope: 'events:read',
    answers: { 200: { description: 'every subscription', schema: subscriptionList } },
    async handle() {
      return { status: 200, json: { items: (await store.list()).map(subscriptionView) } };
    },
  });
}

function resetSubscription(store: SubscriptionStore): Operation {
  return operation({
    method: 'post',
    path: '/v1/subscriptions/{name}/reset',
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
    problems: [404, 409],
    async handle({ params: { name }, body: { to } }) {
      const before = await existing(store, name);
      if (before.kind === 'projection' && to !== 'start') {
        throw new Problem('conflict', {
          detail: `${name} is a projection: it can be reset to start only`,
        });
      }
      await store.restart(name, to);
      return { status: 202, json: subscriptionView(await existing(store, name)) };
    },
  });
}

async function existing(store: SubscriptionStore, name: string): Promise<SubscriptionStatus> {
  const found = (await store.list()).find((one) => one.name === name);
  if (!found) throw notFound(`subscription ${name}`);
  return found;
}

function subscriptionView(status: SubscriptionStatus): SubscriptionView {
  const { name, kind, revision, lagMs, movedAt, restartAt, cursor, failure, failedAt, parked } = status;
  return {
    name,
    kind,
    revision,
    lagMs,
    movedAt,
    cursor: cursorText({ ...START, inventory: cursor }),
    ...(restartAt === null ? {} : { restartAt }),
    ...(failure === null || failedAt === null ? {} : { failure: { message: failure, at: failedAt } }),
    parked: parked.map(({ subscription: _, ...event }) => event),
  };
}
