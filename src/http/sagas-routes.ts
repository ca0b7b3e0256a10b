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
import type { Order } from '../domain/order/order';
import type { Trip } from '../domain/trip/trip';
import type { OperationAnswer } from '../intake/saga-operations';
import { isTripId } from '../intake/trip-operations';
import type { ApiDependencies } from './api-dependencies';
import { type Operation, operation } from './operation';
import { orderPathOf } from './order-view';
import { pageFrom, positionAt } from './page-cursor';
import { notFound, Problem, unavailable } from './problem';
import { jsonBody, noBody } from './request-body';
import { tripPathOf } from './trip-view';
import { WebUiLinks } from './web-ui-links';

/** Sagas as operators see them: under way, stuck, or left for somebody to finish. */
export function sagasRoutes(deps: ApiDependencies): Operation[] {
  const links = new WebUiLinks(deps.webUi);
  return [listSagas(deps, links), readSaga(deps, links), retry(deps, links), resolve(deps, links)];
}

function listSagas({ stores }: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/sagas',
    tag: 'Sagas',
    summary: 'List sagas that are not done, oldest first',
    description: '`stuck`: running for longer than 30 s; `needs_attention`: an undo could not succeed.',
    scope: 'sagas:read',
    query: sagaListQuery,
    answers: { 200: { description: 'a page of sagas', schema: sagaPage } },
    async handle({ query: { state, limit, cursor } }) {
      const after = cursor === undefined ? undefined : positionAt(cursor);
      const orders = await stores.ordersReads.openSagas(state, limit + 1, after);
      const trips = await stores.tripsReads.openSagas(state, limit + 1, after);
      const oldestFirst = [...orders, ...trips].sort(byAge).slice(0, limit + 1);
      return { status: 200, json: pageFrom(oldestFirst, limit, (one) => sagaView(one, links)) };
    },
  });
}

function readSaga({ stores, sagas }: ApiDependencies, links: WebUiLinks): Operation {
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
      const view = sagaView(await existing(stores, id), links);
      const ledger = view.state === 'running' ? await ledgerOf(sagas, view) : undefined;
      return { status: 200, json: ledger === undefined ? view : { ...view, ledger } };
    },
  });
}

/** An order that asks partners has left its set, whose ledger says no more of it than that. */
async function ledgerOf(sagas: ApiDependencies['sagas'], { id, workflowId }: SagaView): Promise<unknown> {
  return (await sagas.ledger(confirmationId(id))) ?? (await sagas.ledger(workflowId));
}

function retry({ stores, sagas }: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'post',
    path: '/v1/sagas/{id}/retry',
    tag: 'Sagas',
    summary: 'Run the undos that are left again',
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
      return { status: 202, json: sagaView(await existing(stores, id), links) };
    },
  });
}

function resolve({ stores, sagas }: ApiDependencies, links: WebUiLinks): Operation {
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
      return { status: 200, json: sagaView(await existing(stores, id), links) };
    },
  });
}

/** What a saga is about, as far as all kinds have it in common. */
type Subject = Pick<
  Order | Trip,
  'id' | 'status' | 'reason' | 'compensation' | 'attention' | 'sagaId' | 'createdAt' | 'updatedAt'
>;

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

function sagaView(subject: Subject, links: WebUiLinks): SagaView {
  const { id, status, reason, compensation, attention, sagaId, createdAt, updatedAt } = subject;
  return {
    id,
    state: stateOf(subject),
    status,
    ...(reason === null ? {} : { reason }),
    compensation,
    ...(attention === null ? {} : { attention: { ...attention, remaining: [...attention.remaining] } }),
    workflowId: sagaId,
    startedAt: createdAt,
    updatedAt,
    links: {
      self: `/v1/sagas/${id}`,
      ...(isTripId(id) ? { trip: tripPathOf(id) } : { order: orderPathOf(id) }),
      ...links.toWorkflow(sagaId),
    },
  };
}

function stateOf({ status, compensation }: Subject): SagaView['state'] {
  if (compensation === 'needs_attention') return 'needs_attention';
  return status === 'PENDING' || compensation === 'running' ? 'running' : 'finished';
}
