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
import type { OrderPosition } from '../stores/orders-reads';
import type { ApiDependencies } from './api-dependencies';
import { commandOnOrder, commandSagaView } from './command-saga-view';
import { type Operation, operation } from './operation';
import { pageFrom, positionAt } from './page-cursor';
import { notFound, Problem, unavailable } from './problem';
import { jsonBody, noBody } from './request-body';
import { sagaViews } from './saga-view';
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
      '`stuck`: running for more than 30 s since it began; `needs_attention`: somebody has to finish it.',
    scope: 'sagas:read',
    query: sagaListQuery,
    answers: { 200: { description: 'a page of sagas', schema: sagaPage } },
    async handle({ query: { state, limit, cursor } }) {
      const after = cursor === undefined ? undefined : positionAt(cursor);
      const orders = await deps.stores.sagaReads.ordersUnderWay(state, limit + 1, after);
      const trips = await deps.stores.tripsReads.openSagas(state, limit + 1, after);
      const isTask = state === 'needs_attention';
      const unrecorded = isTask ? await deps.stores.unrecorded.open(limit + 1, after) : [];
      const oldestFirst = [...orders, ...trips, ...unrecorded].sort(byAge).slice(0, limit + 1);
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
    description:
      'By the id of its order or trip, as it is listed; or by the id of one command on an order (`command.id`, an order’s ' +
      '`lastCommand.id`), also once that is over.',
    scope: 'sagas:read',
    params: sagaPath,
    answers: { 200: { description: 'the saga', schema: sagaDetail } },
    problems: [404],
    async handle({ params: { id } }) {
      const { view } = await found(deps, id, links);
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

interface Found {
  readonly view: SagaView;
  /** The order or trip that operators act on: what is left of it is retried, or resolved, as one. */
  readonly about: string;
}

/** A saga by its id. @throws Problem not-found */
async function found(deps: ApiDependencies, id: string, links: WebUiLinks): Promise<Found> {
  const { ordersReads, tripsReads, unrecorded } = deps.stores;
  const recorded = isTripId(id) ? await tripsReads.trip(id) : await ordersReads.order(id);
  const subject = recorded ?? (await unrecorded.command(id));
  const [view] = subject ? await sagaViews(deps, [subject], links) : [];
  if (view) return { view, about: id };
  const command = await commandOnOrder(deps.stores, id);
  if (!command) throw notFound(`saga ${id}`);
  return { view: await commandSagaView(deps, command, links), about: command.order.id };
}

/** As `found`, where somebody has to finish it. A command that is over leaves that to the others of its order. */
async function attended(deps: ApiDependencies, id: string, links: WebUiLinks): Promise<Found> {
  const one = await found(deps, id, links);
  if (one.about !== id && one.view.state !== 'needs_attention')
    throw new Problem('conflict', { detail: `the saga needs no attention: it is ${one.view.state}` });
  return one;
}

function retry(deps: ApiDependencies, links: WebUiLinks): Operation {
  const { sagas } = deps;
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
      const { about } = await attended(deps, id, links);
      const answer = await sagas.retry(about, caller).catch((error: unknown) => {
        throw unavailable('the retry could not be started', error);
      });
      refuseUnlessDone(answer);
      return { status: 202, json: (await found(deps, id, links)).view };
    },
  });
}

function resolve(deps: ApiDependencies, links: WebUiLinks): Operation {
  const { sagas } = deps;
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
      const { about } = await attended(deps, id, links);
      refuseUnlessDone(await sagas.resolve(about, caller, note));
      return { status: 200, json: (await found(deps, id, links)).view };
    },
  });
}

function byAge(a: OrderPosition, b: OrderPosition): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function refuseUnlessDone(answer: OperationAnswer): void {
  if (answer.kind === 'done') return;
  const detail = `the saga needs no attention: its compensation is ${answer.compensation}`;
  throw new Problem('conflict', { detail });
}
