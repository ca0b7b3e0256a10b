import { z } from 'zod';
import { givenMoment } from '../../contracts/api/fields';
import { keyedHeadersOptional, waitHeaders } from '../../contracts/api/headers';
import { resolution, saga, sagaListQuery, sagaPage, sagaPath } from '../../contracts/api/sagas';
import { commandFields } from '../../contracts/command-fields';
import { freshSagaId } from '../../intake/saga-start';
import type { ListedCommand } from '../../stores/orders/command-store';
import type { ApiDependencies } from '../api-dependencies';
import { commandOf, REPLAYED, takeCommand, untilAnswerable } from '../commands/take-command';
import { replayHeaders } from '../framework/idempotency';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { preferenceHeaders } from '../framework/preference';
import { notFound, Problem } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { WebUiLinks } from '../framework/web-ui-links';
import { answeredMeanwhile, sagaViews } from './saga-view';

/** The longest wait of a resolution for its saga. */
const RESOLVING_SECONDS = 10;

/** Declares the routes of sagas for operators, one saga per command. */
export function sagasRoutes(deps: ApiDependencies): Operation[] {
  const links = new WebUiLinks(deps.webUi);
  return [listSagas(deps, links), readSaga(deps, links), retry(deps, links), resolve(deps, links)];
}

function listSagas(deps: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/sagas',
    operationId: 'listSagas',
    tag: 'Sagas',
    summary: 'List the open sagas in a state, or all sagas of an order or a trip, oldest first',
    description:
      'Each command has one saga. `running`: open for less than 30 s; `stuck`: open for longer; ' +
      '`needs_attention`: an operator must retry or resolve it.',
    scope: 'sagas:read',
    query: sagaListQuery,
    answers: { 200: { description: 'a page of sagas', schema: sagaPage } },
    async handle({ query: { limit, cursor, ...filter } }) {
      const after = positionAt(cursor, z.tuple([givenMoment, sagaPath.shape.id]));
      const rows = await deps.stores.commands.list(filter, limit + 1, after);
      const positionOf = ({ recordedAt, id }: ListedCommand) => [recordedAt, id];
      const page = pageFrom(rows, limit, positionOf, (row) => row);
      return { status: 200, json: { ...page, items: await sagaViews(deps, page.items, links) } };
    },
  });
}

function readSaga(deps: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/sagas/{id}',
    operationId: 'getSaga',
    tag: 'Sagas',
    summary: 'Read the saga of a command, open or finished',
    description:
      'The id is that of the command. The command that creates an order or a trip has the id of that order or trip.',
    scope: 'sagas:read',
    params: sagaPath,
    answers: { 200: { description: 'the saga', schema: saga } },
    problems: [404],
    async handle({ params: { id } }) {
      return { status: 200, json: await shown(deps, id, links) };
    },
  });
}

/**
 * Reads the API view of a saga.
 * @throws Problem not-found
 */
async function shown(deps: ApiDependencies, id: string, links: WebUiLinks) {
  const row = await deps.stores.commands.listed(id);
  const [view] = row ? await sagaViews(deps, [row], links) : [];
  if (!view) throw notFound(`saga ${id}`);
  return view;
}

function retry(deps: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'post',
    path: '/v1/sagas/{id}/retry',
    operationId: 'retrySaga',
    tag: 'Sagas',
    summary: 'Retry the remaining steps of a command that needs attention',
    scope: 'sagas:write',
    params: sagaPath,
    headers: waitHeaders,
    body: noBody,
    answers: {
      200: {
        description: 'the saga, finished or in need of attention again (with `Prefer: wait`)',
        schema: saga,
      },
      202: { description: 'the saga; the relay starts it again', schema: saga },
    },
    problems: [404, 409],
    async handle({ params: { id }, headers: { Prefer: seconds }, caller, cause }) {
      const row = await deps.stores.commands.listed(id);
      if (!row) throw notFound(`saga ${id}`);
      if (!(await deps.stores.commands.retry(id, freshSagaId(row.kind, row.subject), cause)))
        throw new Problem('conflict', {
          detail: `saga ${id} does not need attention: there is nothing to retry`,
        });
      deps.logger.info({ ...commandFields(row), by: caller }, 'an operator retries a command');
      const isAnswerable = async () => {
        const now = await deps.stores.commands.listed(id);
        return now?.isClosed === true || (now?.attention ?? null) !== null;
      };
      // A step may wake callers at the decision, before the saga has finished.
      const waiting = { seconds, isAnswerable, toldBy: null };
      const isOver = await untilAnswerable(deps, { row, isReplay: false }, waiting);
      return {
        status: isOver ? 200 : 202,
        headers: preferenceHeaders(seconds),
        json: await shown(deps, id, links),
      };
    },
  });
}

function resolve(deps: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'post',
    path: '/v1/sagas/{id}/resolve',
    operationId: 'resolveSaga',
    tag: 'Sagas',
    summary: 'Resolve a command after an operator has done its remaining steps by hand',
    description:
      'An undecided command is rejected, and its saga runs the compensations. The remaining steps of a decided command ' +
      'count as done by hand.',
    scope: 'sagas:write',
    params: sagaPath,
    headers: keyedHeadersOptional,
    body: jsonBody(resolution),
    answers: {
      200: {
        description: 'the saga in its present state, with the steps that had run meanwhile',
        schema: saga,
        headers: REPLAYED,
      },
    },
    problems: [404, 409, 422],
    async handle({ params: { id }, body: { note }, ...request }) {
      const target = await deps.stores.commands.listed(id);
      if (!target) throw notFound(`saga ${id}`);
      const wanted = { target: id, note };
      const { subject } = target;
      const command = commandOf('resolve', 'cmd_', request, { subject, wanted });
      const taken = await takeCommand(deps, command);
      const resolution = () => deps.stores.commands.listed(taken.row.id);
      const isAnswerable = async () => (await resolution())?.isClosed === true;
      await untilAnswerable(deps, taken, { seconds: RESOLVING_SECONDS, isAnswerable });
      const resolved = await resolution();
      const meanwhile = resolved ? answeredMeanwhile(resolved) : {};
      const headers = replayHeaders(taken.isReplay);
      return { status: 200, headers, json: { ...(await shown(deps, id, links)), ...meanwhile } };
    },
  });
}
