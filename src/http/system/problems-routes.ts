import { type Explanation, explanationList, problemPath } from '../../contracts/api/problems';
import { FEED_REJECTIONS } from '../../domain/inventory/supply/supply-feed';
import { REJECTIONS } from '../../domain/order/order';
import { REFUSAL_ACTIONS, REFUSALS, type RefusalReason } from '../../domain/refusal';
import { TRIP_REFUSALS } from '../../domain/trip/trip';
import { type Operation, operation } from '../framework/operation';
import { notFound, PROBLEMS } from '../framework/problem';

/** Declares the catalogue of problems and reason codes: a problem document's `type` leads here. */
export function problemsRoutes(): Operation[] {
  const list = operation({
    method: 'get',
    path: '/problems',
    operationId: 'listProblems',
    tag: 'Running',
    summary: 'List every problem type and reason code, with its meaning and what to do',
    scope: null,
    answers: { 200: { description: 'the catalogue', schema: explanationList } },
    handle: async () => ({ status: 200, json: { items: CATALOGUE } }),
  });
  const read = operation({
    method: 'get',
    path: '/problems/{type}',
    operationId: 'explainProblem',
    tag: 'Running',
    summary: 'Explain a problem type or a reason code',
    scope: null,
    params: problemPath,
    answers: { 200: { description: 'each meaning of the name', schema: explanationList } },
    problems: [404],
    async handle({ params: { type } }) {
      const items = CATALOGUE.filter((one) => one.type === pathOf(type));
      if (items.length === 0) throw notFound(`problem type or reason code ${type}`);
      return { status: 200, json: { items } };
    },
  });
  return [list, read];
}

function pathOf(name: string): string {
  return `/problems/${name}`;
}

function reasons(kind: Explanation['kind'], meanings: Readonly<Record<string, string>>): Explanation[] {
  return Object.entries(meanings).map(([code, meaning]) => {
    const action = kind === 'refusal' ? REFUSAL_ACTIONS[code as RefusalReason] : undefined;
    return { type: pathOf(code), kind, title: titleOf(code), meaning, ...(action ? { action } : {}) };
  });
}

/** Writes a code as words: OUT_OF_STOCK is "Out of stock". */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const CATALOGUE: readonly Explanation[] = [
  ...Object.entries(PROBLEMS).map(([name, problem]) => ({
    type: pathOf(name),
    kind: 'problem' as const,
    ...problem,
  })),
  ...reasons('refusal', REFUSALS),
  ...reasons('trip', TRIP_REFUSALS),
  ...reasons('rejection', REJECTIONS),
  ...reasons('feed', FEED_REJECTIONS),
];
