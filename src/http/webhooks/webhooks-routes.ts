import { z } from 'zod';
import {
  webhook,
  webhookListQuery,
  webhookPage,
  webhookPath,
  webhookRequest,
} from '../../contracts/api/webhooks';
import type { WebhooksStore } from '../../stores/webhooks/webhooks-store';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { invalid, notFound } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { webhookView } from './webhook-view';

const PUT = `Events recorded from now on are sent to the endpoint as Standard Webhooks. The answer to the request that creates the
webhook shows its \`secret\`, once. A change applies to the events that are processed after it. \`enabled\` also ends the pause of
a failing endpoint, and enables one that was disabled because it answered 410.`;

type WebhooksDependencies = Pick<ApiDependencies, 'stores' | 'logger' | 'refusedWebhookUrl'>;

/** Declares the routes that make, show, list and remove webhooks. */
export function webhooksRoutes(deps: WebhooksDependencies): Operation[] {
  const { webhooks } = deps.stores;
  return [putWebhook(deps), getWebhook(webhooks), listWebhooks(webhooks), removeWebhook(deps)];
}

function putWebhook({ stores: { webhooks }, logger, refusedWebhookUrl }: WebhooksDependencies): Operation {
  return operation({
    method: 'put',
    path: '/v1/webhooks/{id}',
    operationId: 'putWebhook',
    tag: 'Webhooks',
    summary: 'Create or replace a webhook',
    description: PUT,
    scope: 'webhooks:write',
    params: webhookPath,
    body: jsonBody(webhookRequest),
    answers: { 200: { description: 'the webhook in its new state', schema: webhook } },
    async handle({ params: { id }, body, caller, cause }) {
      const { url, types = [], nodes = [], channels = [], ordered, enabled } = body;
      const refusal = refusedWebhookUrl(url);
      if (refusal !== null) throw invalid('url', refusal);
      const secret = await webhooks.put(id, { url, types, nodes, channels, ordered, enabled }, cause);
      // The path and the query of an address may contain a secret of its receiver.
      logger.info({ webhook: id, host: new URL(url).host, enabled, by: caller }, 'a webhook was set');
      return { status: 200, json: webhookView(await found(webhooks, id), secret) };
    },
  });
}

function getWebhook(webhooks: WebhooksStore): Operation {
  return operation({
    method: 'get',
    path: '/v1/webhooks/{id}',
    operationId: 'getWebhook',
    tag: 'Webhooks',
    summary: 'Read a webhook, with what waits for it',
    scope: 'webhooks:read',
    params: webhookPath,
    answers: { 200: { description: 'the webhook', schema: webhook } },
    problems: [404],
    async handle({ params: { id } }) {
      return { status: 200, json: webhookView(await found(webhooks, id)) };
    },
  });
}

function listWebhooks(webhooks: WebhooksStore): Operation {
  return operation({
    method: 'get',
    path: '/v1/webhooks',
    operationId: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List webhooks, in order of `id`',
    scope: 'webhooks:read',
    query: webhookListQuery,
    answers: { 200: { description: 'a page of webhooks', schema: webhookPage } },
    async handle({ query: { cursor, limit } }) {
      const [after] = positionAt(cursor, z.tuple([webhookPath.shape.id])) ?? [''];
      const rows = await webhooks.list(after, limit + 1);
      return {
        status: 200,
        json: pageFrom(
          rows,
          limit,
          ({ id }) => [id],
          (row) => webhookView(row),
        ),
      };
    },
  });
}

function removeWebhook({ stores: { webhooks }, logger }: WebhooksDependencies): Operation {
  return operation({
    method: 'delete',
    path: '/v1/webhooks/{id}',
    operationId: 'removeWebhook',
    tag: 'Webhooks',
    summary: 'Remove a webhook and everything that waits for it',
    scope: 'webhooks:write',
    params: webhookPath,
    answers: { 204: { description: 'removed' } },
    problems: [404],
    async handle({ params: { id }, caller, cause }) {
      if (!(await webhooks.remove(id, cause))) throw notFound(`webhook ${id}`);
      logger.info({ webhook: id, by: caller }, 'a webhook was removed');
      return { status: 204 };
    },
  });
}

async function found(webhooks: WebhooksStore, id: string) {
  const row = await webhooks.find(id);
  if (!row) throw notFound(`webhook ${id}`);
  return row;
}
