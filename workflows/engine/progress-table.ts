import { STEPS, type StepName } from '../../src/contracts/plans';
import type { MemberProgress } from './saga-port';
import { tableRow } from './table-row';

/**
 * Renders the state of a batch as Markdown for the Web UI: counts and the current step, then the exceptions, then all
 * members.
 */
export function progressTable(members: readonly MemberProgress[], step: StepName | null): string {
  const exceptions = members.filter(isException);
  const now = step === null ? '' : `. Now: ${STEPS[step].label}`;
  const parts = [`${verdictOf(members)}${now}`];
  if (exceptions.length > 0 && exceptions.length < members.length)
    parts.push('**Exceptions**', tableOf(exceptions));
  return [...parts, tableOf(members)].join('\n\n');
}

function isException({ reason, end, failure }: MemberProgress): boolean {
  return reason !== undefined || failure !== undefined || (end !== null && end !== 'closed');
}

function verdictOf(members: readonly MemberProgress[]): string {
  const counts = new Map<string, number>();
  for (const { decision } of members) {
    const verdict = decision ?? 'undecided';
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
}

function tableOf(members: readonly MemberProgress[]): string {
  const rows = members.map(({ line, decision, reason, end, failure }) =>
    tableRow(line, decision ?? '', reason ?? '', end ?? 'running', failure ?? ''),
  );
  return ['| command | decision | reason | saga | failure |', '|---|---|---|---|---|', ...rows].join('\n');
}
