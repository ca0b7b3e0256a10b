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

const RESET = `A projection throws its rows away and folds them again, so it can begin at \`start\` only; meanwhile they are as
old as they say. A reaction meets the events again, and takes care itself that this has no second effect.`;

/** Declares the routes to list subscriptions with their lag and to reset them. */
export function subscriptionsRoutes(store: SubscriptionStore): Operation[] {
  return [listSubscriptions(store), resetSubscription(store)];
}

function listSubscriptions(store: SubscriptionStore): Operation {
  return operation({
    method: 'get',
    path: '/v1/subscriptions',
    tag: 'Events',
    summary: 'Who follows the log, how far behind, and what was left aside',
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
    summary: 'Have a subscription read the log again',
    description: RESET,
    scope: 'events:write',
    params: subscriptionPath,
    body: jsonBody(subscriptionReset),
    answers: { 202: { description: 'it will, at its next turn', schema: subscription } },
    problems: [404, 409],
    async handle({ params: { name }, body: { to } }) {
      const before = await existing(store, name);
      if (before.kind === 'projection' && to !== 'start') {
        throw new Problem('conflict', {
          detail: `${name} is a projection: it can begin again at start only`,
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
