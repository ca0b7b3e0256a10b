import { z } from 'zod';
import { givenMoment, identifier } from '../../contracts/api/fields';
import { type KeyView, keyListQuery, keyPage, keyPath, keyRequest, newKey } from '../../contracts/api/keys';
import type { ApiKeys, ListedKey } from '../../stores/orders/api-keys';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { invalid, notFound } from '../framework/problem';
import { jsonBody } from '../framework/request-body';

const CREATE = `The answer shows the key, once: Holdfast keeps only its hash. A caller may have several keys, so a key is replaced
without an outage: make a new one, install it, revoke the old one. A repeated request makes another key.`;

const REVOKE = `Every API process refuses the key within 5 s, with the same 401 as a key that it does not know. A revoked key stays
in the list.`;

/** Declares the routes with which an admin makes, lists and revokes API keys. */
export function keysRoutes({ stores, logger }: Pick<ApiDependencies, 'stores' | 'logger'>): Operation[] {
  const { apiKeys } = stores;
  return [createKey(apiKeys, logger), listKeys(apiKeys), revokeKey(apiKeys, logger)];
}

type Logger = ApiDependencies['logger'];

function createKey(keys: ApiKeys, logger: Logger): Operation {
  return operation({
    method: 'post',
    path: '/v1/keys',
    operationId: 'makeKey',
    tag: 'Keys',
    summary: 'Make an API key',
    description: CREATE,
    scope: 'admin',
    body: jsonBody(keyRequest),
    answers: { 201: { description: 'the key', schema: newKey } },
    async handle({ body, caller: by, cause }) {
      const made = await keys.create(body, cause);
      if (!made) throw invalid('expiresAt', 'must lie in the future');
      const { id, caller, scopes } = made.listed;
      logger.info({ key: id, caller, scopes, by }, 'an API key was made');
      return { status: 201, json: { ...keyView(made.listed), key: made.key } };
    },
  });
}

function listKeys(keys: ApiKeys): Operation {
  const position = z.tuple([identifier, givenMoment, keyPath.shape.id]);
  return operation({
    method: 'get',
    path: '/v1/keys',
    operationId: 'listKeys',
    tag: 'Keys',
    summary: 'List API keys by caller, oldest first, also those that are revoked or have expired',
    scope: 'admin',
    query: keyListQuery,
    answers: { 200: { description: 'a page of keys, without the keys themselves', schema: keyPage } },
    async handle({ query: { caller, cursor, limit } }) {
      const after = positionAt(cursor, position);
      const rows = await keys.list({ caller, after, limit: limit + 1 });
      const positionOf = (row: ListedKey) => [row.caller, row.createdAt, row.id];
      return { status: 200, json: pageFrom(rows, limit, positionOf, keyView) };
    },
  });
}

function revokeKey(keys: ApiKeys, logger: Logger): Operation {
  return operation({
    method: 'delete',
    path: '/v1/keys/{id}',
    operationId: 'revokeKey',
    tag: 'Keys',
    summary: 'Revoke an API key',
    description: REVOKE,
    scope: 'admin',
    params: keyPath,
    answers: { 204: { description: 'revoked; a repeat gets the same answer' } },
    problems: [404],
    async handle({ params: { id }, caller: by, cause }) {
      if (!(await keys.revoke(id, cause))) throw notFound(`key ${id}`);
      logger.info({ key: id, by }, 'an API key was revoked');
      return { status: 204 };
    },
  });
}

function keyView(row: ListedKey): KeyView {
  const { id, caller, scopes, createdAt, expiresAt, usedAt, revokedAt } = row;
  const { requestsPerSecond, concurrency } = row;
  return {
    id,
    caller,
    scopes: [...scopes],
    ...(requestsPerSecond === null ? {} : { requestsPerSecond }),
    ...(concurrency === null ? {} : { concurrency }),
    createdAt,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(usedAt === null ? {} : { usedAt }),
    ...(revokedAt === null ? {} : { revokedAt }),
  };
}
