import { z } from 'zod';
import {
  deliveriesQuery,
  webhook,
  webhookDeliveryPage,
  webhookPath,
  webhookReplay,
  webhookSecret,
} from '../../contracts/api/webhooks';
import { refuseArchived } from '../../stores/log/log-start';
import type { Stores } from '../../stores/stores';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { notBefore, unlessArchived } from '../framework/past-reads';
import { notFound } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { deliveryView, webhookView } from './webhook-view';

/** An old secret stays valid for this time after a rotation: receivers have it to install the new one. */
const OLD_SECRET_SECONDS = 86_400;

const ROTATE = `The answer shows the new secret, once. For 24 hours each message is signed with the old and the new one, so that the
receiver can change over at any moment. A repeated request makes another secret; the ones before it stay valid as long.`;

const REPLAY = `The webhook gets all events that match its filter and were recorded from \`from\` on, also those from before it
existed and those that it already has, under the same \`webhook-id\`. A replay survives restarts. It pauses while many messages
wait. Another request replaces a replay that is not complete.`;

const sequence = z.tuple([z.string().regex(/^\d{1,18}$/)]);

type DeliveriesDependencies = Pick<ApiDependencies, 'stores' | 'logger'>;

/** Declares the routes that list the deliveries of a webhook, replay events to it, and rotate its secret. */
export function deliveriesRoutes({ stores, logger }: DeliveriesDependencies): Operation[] {
  return [listDeliveries(stores), replayEvents(stores, logger), rotateSecret(stores, logger)];
}

function listDeliveries({ webhooks, deliveries }: Stores): Operation {
  return operation({
    method: 'get',
    path: '/v1/webhooks/{id}/deliveries',
    operationId: 'listWebhookDeliveries',
    tag: 'Webhooks',
    summary: 'List the deliveries of a webhook and their attempts, newest first',
    scope: 'webhooks:read',
    params: webhookPath,
    query: deliveriesQuery,
    answers: { 200: { description: 'a page of deliveries', schema: webhookDeliveryPage } },
    problems: [404],
    async handle({ params: { id }, query: { state, cursor, limit }, holder }) {
      const [before] = positionAt(cursor, sequence) ?? [];
      if (!(await webhooks.find(id))) throw notFound(`webhook ${id}`);
      const rows = await deliveries.list(id, { state, before, limit: limit + 1 });
      const isAdmin = holder.scopes.includes('admin');
      return {
        status: 200,
        json: pageFrom(
          rows,
          limit,
          (row) => [row.sequence],
          (row) => deliveryView(row, isAdmin),
        ),
      };
    },
  });
}

function replayEvents({ webhooks, logs }: Stores, logger: ApiDependencies['logger']): Operation {
  return operation({
    method: 'post',
    path: '/v1/webhooks/{id}/replay',
    operationId: 'replayEvents',
    tag: 'Webhooks',
    summary: 'Deliver past events, again or for the first time',
    description: REPLAY,
    scope: 'webhooks:write',
    params: webhookPath,
    body: jsonBody(webhookReplay),
    answers: { 202: { description: 'recorded: the relay carries it out', schema: webhook } },
    problems: [404, 410],
    async handle({ params: { id }, body: { from }, caller, cause }) {
      for (const log of Object.values(logs))
        await unlessArchived('from', notBefore, () => refuseArchived(log, from));
      const row = (await webhooks.replay(id, from, cause)) ? await webhooks.find(id) : undefined;
      if (!row) throw notFound(`webhook ${id}`);
      logger.info({ webhook: id, from, by: caller }, 'events are replayed to a webhook');
      return { status: 202, json: webhookView(row) };
    },
  });
}

function rotateSecret({ webhooks }: Stores, logger: ApiDependencies['logger']): Operation {
  return operation({
    method: 'post',
    path: '/v1/webhooks/{id}/secrets',
    operationId: 'makeWebhookSecret',
    tag: 'Webhooks',
    summary: 'Make a new secret for a webhook',
    description: ROTATE,
    scope: 'webhooks:write',
    params: webhookPath,
    body: noBody,
    answers: { 201: { description: 'the new secret', schema: webhookSecret } },
    problems: [404],
    async handle({ params: { id }, caller, cause }) {
      const rotated = await webhooks.rotate(id, OLD_SECRET_SECONDS, cause);
      if (!rotated) throw notFound(`webhook ${id}`);
      logger.info({ webhook: id, by: caller }, 'the secret of a webhook was rotated');
      return { status: 201, json: rotated };
    },
  });
}
