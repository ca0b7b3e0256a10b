import { ApplicationFailure } from '@temporalio/common';
import { Pool } from 'pg';
import { PLANS, type PlannedKind, type SagaPlan } from '../../../src/contracts/plans';
import { type MemberEnd, type SagaMember, STEP_FAULTED } from '../../../src/contracts/saga';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { auditBooks } from '../../../src/stores/audit';
import type { Stores } from '../../../src/stores/stores';
import { PlanRun } from '../../../workflows/engine/plan-run';
import { directDeps, directPort, memberOf, record } from '../../support/direct-saga';
import { createTestDatabase } from '../../support/test-database';
import { type Books, booksOf } from './books-of';
import { type Ground, openGrounds, setUpNodes } from './grounds';
import { everyPair, type Pair, played } from './pair';
import type { PartnerWord } from './partner-books';
import { openProcess } from './saga-process';
import { SagaRun } from './saga-run';
import type { Scenario } from './scenario';

/** So many pairs are played at a time. */
const AT_ONCE = 6;

/** Two processes on one database, which play commands against each other. */
export interface Matrix {
  readonly first: Stores;
  readonly second: Stores;
  readonly sql: Pool;
  close(): Promise<void>;
}

export async function openMatrix(): Promise<Matrix> {
  const database = await createTestDatabase();
  const [first, second] = [openProcess(database.url), openProcess(database.url)];
  await setUpNodes(first);
  const sql = new Pool({ connectionString: database.url, max: 4 });
  return {
    first,
    second,
    sql,
    async close() {
      await Promise.all([first.close(), second.close(), sql.end()]);
      await database.drop();
    },
  };
}

interface Case {
  readonly ground: Ground;
  readonly label: string;
  /** Of each run that has ended. */
  readonly decisions: readonly (string | null)[];
  readonly failure?: string;
}

let names = 0;

/** Plays a scenario at every pair of offsets; answers a sentence for each pair that did not end as it must. */
export async function everyPairOf(
  matrix: Matrix,
  scenario: Scenario,
  pairsOf: (steps: number) => readonly Pair[] = everyPair,
): Promise<readonly string[]> {
  const name = `g${String.fromCharCode(97 + (names % 26))}${Math.floor(names++ / 26)}x`;
  const sole = await soleRun(matrix, scenario, `${name}s`);
  const pairs = pairsOf(sole.steps.length);
  const grounds = await openGrounds(matrix.first, `${name}p`, pairs.length, scenario.means);
  const rows = await recorded(matrix.first, scenario, grounds);
  const cases: Case[] = [];
  const open = pairs.map((pair, at) => ({
    pair,
    ground: grounds[at] as Ground,
    row: rows[at] as CommandRow,
  }));
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = open.shift(); next; next = open.shift())
        cases.push(await playedCase(matrix, scenario, sole.steps, next));
    }),
  );
  return judged(matrix, scenario, sole.books, cases);
}

/** One run alone: its steps are the offsets, and what it leaves is what every pair must leave. */
async function soleRun(matrix: Matrix, scenario: Scenario, name: string) {
  const grounds = await openGrounds(matrix.first, name, 1, scenario.means);
  const [row] = await recorded(matrix.first, scenario, grounds);
  const [ground] = grounds;
  if (!row || !ground) throw new Error(`${scenario.name}: nothing was recorded`);
  const run = runOf(matrix.first, scenario, { ground, row, word: scenario.words?.[1] });
  await run.finish();
  const [books] = await booksOf(matrix.sql, grounds);
  if (!books) throw new Error(`${scenario.name}: there is no order`);
  return { steps: run.steps, books };
}

async function recorded(
  stores: Stores,
  scenario: Scenario,
  grounds: readonly Ground[],
): Promise<readonly CommandRow[]> {
  const commands = await scenario.prepare(stores, grounds);
  const answers = await record(stores, commands);
  return answers.map((answer) => {
    if (answer.kind !== 'recorded') throw new Error(`${scenario.name}: ${JSON.stringify(answer)}`);
    stores.commandCache.remember([answer.row]);
    return answer.row;
  });
}

interface RunSpec {
  readonly ground: Ground;
  readonly row: CommandRow;
  readonly word?: PartnerWord | undefined;
  readonly faultAt?: string | undefined;
}

/** A run of the saga of one command in one process. */
export function runOf(
  stores: Stores,
  { name }: Pick<Scenario, 'name'>,
  { ground, row, word, faultAt }: RunSpec,
): SagaRun {
  const plan: SagaPlan = PLANS[row.kind as PlannedKind];
  const member: SagaMember = memberOf(row);
  const parties = ground.partner.heardAs(word ?? 'confirms');
  return new SagaRun((around) => {
    const port = directPort(directDeps(stores, parties), plan, row.workflowId, (step, ids, take) => {
      if (step === 'cancelAtPartners') parties.heal();
      if (step !== faultAt) return around(step, ids, take);
      return around(step, ids, async () => {
        throw ApplicationFailure.create({
          message: `${name}: a fault of its own`,
          type: STEP_FAULTED,
          nonRetryable: true,
          details: [true],
        });
      });
    });
    return new PlanRun(plan, [member], port).run();
  });
}

async function playedCase(
  matrix: Matrix,
  scenario: Scenario,
  steps: readonly string[],
  { pair, ground, row }: { readonly pair: Pair; readonly ground: Ground; readonly row: CommandRow },
): Promise<Case> {
  const label = labelOf(scenario, pair, steps);
  const [firstWord, secondWord] = scenario.words ?? [];
  // A run that recovery starts is told how far the command is; another start of the same input is not.
  const isRecovery = pair.way === 'unheard' || pair.way === 'killed';
  const asRead = async () => (isRecovery ? await rowOf(matrix.second, row) : row);
  try {
    const ends = await played(matrix.sql, pair, {
      first: runOf(matrix.first, scenario, { ground, row, word: firstWord, faultAt: scenario.faultAt }),
      second: async () => runOf(matrix.second, scenario, { ground, row: await asRead(), word: secondWord }),
      third: async () => runOf(matrix.first, scenario, { ground, row: await asRead(), word: secondWord }),
      meanwhile: async () => scenario.meanwhile?.(matrix.first, ground),
    });
    return { ground, label, decisions: ends.map(decisionIn) };
  } catch (error) {
    return {
      ground,
      label,
      decisions: [],
      failure: error instanceof Error ? (error.stack ?? '') : String(error),
    };
  }
}

async function rowOf({ commands }: Stores, { id }: CommandRow): Promise<CommandRow> {
  const row = (await commands.commands([id])).get(id);
  if (!row) throw new Error(`command ${id} is gone`);
  return row;
}

function decisionIn(ends: readonly MemberEnd[]): string | null {
  return ends[0]?.decision ?? null;
}

function labelOf({ name }: Scenario, { way, first, second }: Pair, steps: readonly string[]): string {
  const at = (offset: number) => `${offset} (${steps[offset] ?? 'the end'})`;
  return `${name}: ${way} ${at(first)}, second at ${at(second)}`;
}

/** What is wrong with cases that were played, in a sentence each. */
async function judged(
  { first, sql }: Matrix,
  scenario: Scenario,
  sole: Books,
  cases: readonly Case[],
): Promise<readonly string[]> {
  const books = await booksOf(
    sql,
    cases.map(({ ground }) => ground),
  );
  const wrong = cases.flatMap((one, at) => {
    const left = books[at];
    if (!left) return [`${one.label}: its order is gone`];
    return failuresOf(scenario, one, left, sole).map((sentence) => `${one.label}: ${sentence}`);
  });
  const audited = await auditBooks(first);
  const labels = new Map(cases.map(({ ground, label }) => [ground.key, label]));
  return [...wrong, ...audited.map((finding) => `${labelIn(labels, finding)}: ${finding}`)];
}

function labelIn(labels: ReadonlyMap<string, string>, finding: string): string {
  const [key] = [...labels.keys()].filter((one) => finding.includes(one));
  return (key !== undefined && labels.get(key)) || 'audit';
}

function failuresOf(scenario: Scenario, one: Case, left: Books, sole: Books): readonly string[] {
  const { failure, decisions, ground } = one;
  const { decisions: allowed, statuses, isExact = true } = scenario;
  const [command] = left.commands.filter(({ kind }) => kind === scenario.kind).slice(-1);
  const open = left.commands.filter(({ isClosed }) => !isClosed).map(({ id }) => id);
  const other = decisions.find((decision) => decision !== command?.decision);
  return [
    ...(failure ? [failure] : []),
    ...(open.length > 0 ? [`${open.join(', ')} not closed`] : []),
    ...(other === undefined ? [] : [`a run says ${other}, the row ${command?.decision}`]),
    ...(allowed.includes(command?.decision ?? '') ? [] : [`decided ${command?.decision}`]),
    ...(statuses.includes(left.status) ? [] : [`the order is ${left.status}`]),
    ...(ground.partner.units === left.atPartner
      ? []
      : [`the partner has booked ${ground.partner.units}, the order has ${left.atPartner} there`]),
    ...(isExact && left.text !== sole.text ? [difference(left.text, sole.text)] : []),
  ];
}

function difference(left: string, sole: string): string {
  const at = [...left].findIndex((letter, index) => letter !== sole[index]);
  const from = Math.max(0, at - 60);
  return `left …${left.slice(from, at + 140)}… and not …${sole.slice(from, at + 140)}…`;
}
