import { auditBooks } from '../../../src/audit/audit';
import type { MemberEnd } from '../../../src/contracts/saga';
import { type Books, booksOf } from './books-of';
import type { Ground } from './grounds';
import type { Matrix } from './matrix';

/** A played case. */
export interface Case {
  readonly ground: Ground;
  readonly label: string;
  /** The ends that the finished runs report. */
  readonly ends: readonly MemberEnd[];
  readonly failure?: string;
}

/** The allowed ends of cases. */
export interface Expected {
  /** The allowed decisions of each command; undefined: any. */
  readonly decisions?: readonly string[];
  readonly statuses: readonly string[];
  /** The state that every case must leave exactly; undefined: each case may leave its own. */
  readonly exactly?: Books;
}

/** Plays one case; a failed run becomes a finding. */
export async function caseOf(
  ground: Ground,
  label: string,
  play: () => Promise<readonly (readonly MemberEnd[])[]>,
): Promise<Case> {
  try {
    return { ground, label, ends: (await play()).flat() };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ground, label, ends: [], failure };
  }
}

/** Returns a sentence for each fault in the played cases. */
export async function verdictOn(
  { first, sql }: Matrix,
  cases: readonly Case[],
  expected: Expected,
): Promise<readonly string[]> {
  const books = await booksOf(
    sql,
    cases.map(({ ground }) => ground),
  );
  const wrong = cases.flatMap((one, at) => {
    const left = books[at];
    if (!left) return [`${one.label}: its order is gone`];
    return findingsOn(one, left, expected).map((sentence) => `${one.label}: ${sentence}`);
  });
  const isOthers = (finding: string) =>
    KEY.test(finding) && !cases.some(({ ground }) => finding.includes(ground.key));
  const audited = (await auditBooks(first)).filter((finding) => !isOthers(finding));
  return [...wrong, ...audited.map((finding) => `${labelIn(cases, finding)}: ${finding}`)];
}

/** The key of a ground. The scenario that owns a ground reports the findings about it. */
const KEY = /g\d+x[a-z]+\d{4}/;

function labelIn(cases: readonly Case[], finding: string): string {
  return cases.find(({ ground }) => finding.includes(ground.key))?.label ?? 'audit';
}

function findingsOn(
  { failure, ends, ground }: Case,
  left: Books,
  { decisions, statuses, exactly }: Expected,
): readonly string[] {
  const open = left.commands.filter(({ isClosed }) => !isClosed);
  const rows = new Map(left.commands.map((row) => [row.id, row]));
  const others = ends.filter(({ id, end, decision }) => hasEnded(end) && rows.get(id)?.decision !== decision);
  const decided = [...new Set(ends.map(({ id }) => rows.get(id)?.decision ?? 'undecided'))];
  return [
    ...(failure ? [failure] : []),
    ...open.map(({ id, attention }) => `${id} is not closed ${JSON.stringify(attention)}`),
    ...others.map(({ id, decision }) => `a run says ${decision}, the row of ${id} ${rows.get(id)?.decision}`),
    ...decided.filter((one) => decisions && !decisions.includes(one)).map((one) => `it was decided: ${one}`),
    ...(statuses.includes(left.status) ? [] : [`the order is ${left.status}`]),
    ...(ground.partner.units === left.atPartner
      ? []
      : [`the partner has booked ${ground.partner.units}, the order has ${left.atPartner} there`]),
    ...(exactly && left.text !== exactly.text ? [difference(left.text, exactly.text)] : []),
  ];
}

/**
 * Returns true when the run closed its command. A run that leaves its command to an operator or to another run does not
 * know the decision.
 */
function hasEnded(end: MemberEnd['end']): boolean {
  return end === 'closed';
}

const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 140;

function difference(left: string, sole: string): string {
  const at = [...left].findIndex((letter, index) => letter !== sole[index]);
  const shown = (text: string) => text.slice(Math.max(0, at - SHOWN_BEFORE), at + SHOWN_AFTER);
  return `left …${shown(left)}… and not …${shown(sole)}…`;
}
