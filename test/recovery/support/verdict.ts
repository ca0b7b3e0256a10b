import { auditBooks } from '../../../src/audit/audit';
import type { MemberEnd } from '../../../src/contracts/saga';
import { type Books, booksOf } from './books-of';
import type { Ground } from './grounds';
import type { Matrix } from './matrix';

/** A case that was played. */
export interface Case {
  readonly ground: Ground;
  readonly label: string;
  /** How the runs that have ended say that it went. */
  readonly ends: readonly MemberEnd[];
  readonly failure?: string;
}

/** How cases may end. */
export interface Expected {
  /** How each command may be decided; left out: any way. */
  readonly decisions?: readonly string[];
  readonly statuses: readonly string[];
  /** What every case must leave exactly; left out: each may leave its own. */
  readonly exactly?: Books;
}

/** Plays one case; a run that fails is a finding as any other. */
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

/** What is wrong with cases that were played, a sentence each. */
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

/** What another scenario has left is its own finding. */
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

/** A run that has left its command to an operator, or to another run, has no word in how it was decided. */
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
