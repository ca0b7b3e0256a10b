import {
  resolution,
  type SagaView,
  saga,
  sagaDetail,
  sagaListQuery,
  sagaPage,
  sagaPath,
} from '../contracts/api/sagas';
import { confirmationId } from '../contracts/workflow-names';
import type { OperationAnswer } from '../intake/saga-operations';
import { isTripId } from '../intake/trip-operations';
import type { ApiDependencies } from './api-dependencies';
import { type Operation, operation } from './operation';
import { pageFrom, positionAt } from './page-cursor';
import { notFound, Problem, unavailable } from './problem';
import { jsonBody, noBody } from './request-body';
import { type Subject, sagaViews } from './saga-view';
import { WebUiLinks } from './web-ui-links';

/** Sagas as operators see them: under way, stuck, or left for somebody to finish. */
export function sagasRoutes(deps: ApiDependencies): Operation[] {
  const links = new WebUiLinks(deps.webUi);
  return [listSagas(deps, links), readSaga(deps, links), retry(deps, links), resolve(deps, links)];
}

function listSagas(deps: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/sagas',
    tag: 'Sagas',
    summary: 'List sagas that are not done, oldest first',
    description:
      'What creates orders and books trips, cancels, revises, rejects and ships. ' +
      '`stuck`: running, and nothing has changed for 30 s; `needs_attention`: somebody has to finish it.',
    scope: 'sagas:read',
    query: sagaListQuery,
    answers: { 200: { description: 'a page of sagas', schema: sagaPage } },
    async handle({ query: { state, limit, cursor } }) {
      const after = cursor === undefined ? undefined : positionAt(cursor);
      const orders = await deps.stores.sagaReads.ordersUnderWay(state, limit + 1, after);
      const trips = await deps.stores.tripsReads.openSagas(state, limit + 1, after);
      const oldestFirst = [...orders, ...trips].sort(byAge).slice(0, limit + 1);
      const page = pageFrom(oldestFirst, limit, (subject) => subject);
      return { status: 200, json: { ...page, items: await sagaViews(deps, page.items, links) } };
    },
  });
}

function readSaga(deps: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/sagas/{id}',
    tag: 'Sagas',
    summary: 'Read a saga, with its ledger while its workflow runs',
    scope: 'sagas:read',
    params: sagaPath,
    answers: { 200: { description: 'the saga', schema: sagaDetail } },
    problems: [404],
    async handle({ params: { id } }) {
      const subject = await existing(deps.stores, id);
      const view = await sagaViewOf(deps, subject, links);
      const ledger = view.state === 'running' ? await ledgerOf(deps.sagas, view) : undefined;
      return { status: 200, json: ledger === undefined ? view : { ...view, ledger } };
    },
  });
}

/** An order that asks partners has left its set, whose ledger says no more of it than that. */
async function ledgerOf(sagas: ApiDependencies['sagas'], { id, workflowId }: SagaView): Promise<unknown> {
  if (workflowId === undefined) return undefined;
  return (await sagas.ledger(confirmationId(id))) ?? (await sagas.ledger(workflowId));
}

async function sagaViewOf(deps: ApiDependencies, subject: Subject, links: WebUiLinks): Promise<SagaView> {
  const [view] = await sagaViews(deps, [subject], links);
  if (!view) throw new Error(`saga ${subject.id} has no view`);
  return view;
}

function retry(deps: ApiDependencies, links: WebUiLinks): Operation {
  const { stores, sagas } = deps;
  return operation({
    method: 'post',
    path: '/v1/sagas/{id}/retry',
    tag: 'Sagas',
    summary: 'Run what is left again: undos, or the steps of a command that has stopped',
    scope: 'sagas:write',
    params: sagaPath,
    body: noBody,
    answers: { 202: { description: 'they are being run', schema: saga } },
    problems: [404, 409],
    async handle({ params: { id }, caller }) {
      await existing(stores, id);
      const answer = await sagas.retry(id, caller).catch((error: unknown) => {
        throw unavailable('the retry could not be started', error);
      });
      refuseUnlessDone(answer);
      return { status: 202, json: await sagaViewOf(deps, await existing(stores, id), links) };
    },
  });
}

function resolve(deps: ApiDependencies, links: WebUiLinks): Operation {
  const { stores, sagas } = deps;
  return operation({
    method: 'post',
    path: '/v1/sagas/{id}/resolve',
    tag: 'Sagas',
    summary: 'Say that what was left has been put right by hand, and how',
    scope: 'sagas:write',
    params: sagaPath,
    body: jsonBody(resolution),
    answers: { 200: { description: 'the saga, finished', schema: saga } },
    problems: [404, 409],
    async handle({ params: { id }, body: { note }, caller }) {
      await existing(stores, id);
      refuseUnlessDone(await sagas.resolve(id, caller, note));
      return { status: 200, json: await sagaViewOf(deps, await existing(stores, id), links) };
    },
  });
}

function byAge(a: Subject, b: Subject): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

async function existing(
  { ordersReads, tripsReads }: ApiDependencies['stores'],
  id: string,
): Promise<Subject> {
  const subject = isTripId(id) ? await tripsReads.trip(id) : await ordersReads.order(id);
  if (!subject) throw notFound(`saga ${id}`);
  return subject;
}

function refuseUnlessDone(answer: OperationAnswer): void {
  if (answer.kind === 'done') return;
  const detail = `the saga needs no attention: its compensation is ${answer.compensation}`;
  throw new Problem('conflict', { detail });
}
