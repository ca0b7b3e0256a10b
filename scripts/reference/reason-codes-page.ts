import { FEED_REJECTIONS } from '../../src/domain/inventory/supply/supply-feed';
import { REJECTIONS } from '../../src/domain/order/order';
import { REFUSALS } from '../../src/domain/refusal';
import { TRIP_REFUSALS } from '../../src/domain/trip/trip';
import { PROBLEMS } from '../../src/http/framework/problem';
import { code, derivedPage, table } from './markdown';

/** Returns the page of all codes in answers: reasons of refusals and kinds of problems. */
export function reasonCodesPage(): string {
  const reasons = (all: Readonly<Record<string, string>>) =>
    table(
      ['reason', 'meaning'],
      Object.entries(all).map(([reason, meaning]) => [code(reason), meaning]),
    );
  const problems = Object.entries(PROBLEMS).map(([name, { status, title }]) => [
    code(`/problems/${name}`),
    String(status),
    title,
  ]);
  return derivedPage('Reason codes', 'src/domain and src/http/framework/problem.ts', [
    'A refusal is an outcome and not a fault: the answer carries a `reason`, mostly with a `detail` for people. Codes are' +
      '\ncontracts; details may change.',
    `## Orders, changes, reservations and payments\n\n${reasons(REFUSALS)}`,
    '## Units that a node gives back\n\n' +
      `\`reason\` of \`POST /v1/shipments/{id}/reject\` and of the event.\n\n${reasons(REJECTIONS)}`,
    `## Rows of a feed\n\n${reasons(FEED_REJECTIONS)}`,
    `## Trips\n\n${reasons(TRIP_REFUSALS)}`,
    '## Problems\n\nEvery 4xx and 5xx answer is an RFC 9457 problem. `type` names its kind, `errors` the fields at fault.\n\n' +
      table(['type', 'status', 'title'], problems),
  ]);
}
