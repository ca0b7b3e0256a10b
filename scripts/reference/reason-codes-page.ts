import { FEED_REJECTIONS } from '../../src/domain/inventory/supply/supply-feed';
import { REJECTIONS, RETURN_CONDITIONS } from '../../src/domain/order/order';
import { REFUSAL_ACTIONS, REFUSALS, type RefusalReason } from '../../src/domain/refusal';
import { TRIP_REFUSALS } from '../../src/domain/trip/trip';
import { PROBLEMS } from '../../src/http/framework/problem';
import { code, derivedPage, table } from './markdown';

/** Returns the page of all codes in answers: reasons of refusals and kinds of problems. */
export function reasonCodesPage(): string {
  const reasons = (all: Readonly<Record<string, string>>, name = 'reason') =>
    table(
      [name, 'meaning'],
      Object.entries(all).map(([reason, meaning]) => [code(reason), meaning]),
    );
  const refusals = Object.entries(REFUSALS).map(([reason, meaning]) => [
    code(reason),
    meaning,
    REFUSAL_ACTIONS[reason as RefusalReason],
  ]);
  const problems = Object.entries(PROBLEMS).map(([name, { status, meaning, action }]) => [
    code(`/problems/${name}`),
    String(status),
    meaning,
    action,
  ]);
  return derivedPage('Reason codes', 'src/domain and src/http/framework/problem.ts', [
    'A refusal is an outcome and not a fault: the answer has a `reason` and usually a `detail` for people. Codes are stable;' +
      '\ndetails may change. `GET /problems` of a running Holdfast answers with the same catalogue, and `GET /problems/OUT_OF_STOCK`' +
      '\nwith one entry of it. Neither needs an API key.',
    `## Orders, changes, reservations and payments\n\n${table(['reason', 'meaning', 'what to do'], refusals)}`,
    '## Units that a node gives back\n\n' +
      `The \`reason\` that a node gives in \`POST /v1/shipments/{id}/reject\`.\n\n${reasons(REJECTIONS)}`,
    '## Units that come back\n\n' +
      `The \`condition\` of a line of \`POST /v1/orders/{id}/returns\`.\n\n${reasons(RETURN_CONDITIONS, 'condition')}`,
    `## Rows of a feed\n\n${reasons(FEED_REJECTIONS)}`,
    `## Trips\n\n${reasons(TRIP_REFUSALS)}`,
    '## Problems\n\nEvery 4xx and 5xx answer is an RFC 9457 problem. `type` is the path of its entry in the\ncatalogue; `errors` names the fields that are wrong.\n\n' +
      table(['type', 'status', 'meaning', 'what to do'], problems),
  ]);
}
