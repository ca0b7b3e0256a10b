import { PLANS, type PlannedKind, type SagaPlan } from '../../../src/contracts/plans';
import type { MemberEnd } from '../../../src/contracts/saga';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { memberOf } from '../../../src/intake/saga-start';
import type { BookingParties } from '../../../src/providers/booking-parties';
import type { Stores } from '../../../src/stores/stores';
import { PlanRun } from '../../../workflows/engine/plan-run';
import { directDeps, directPort } from '../../support/direct-saga';
import { recorded, rowNow, runOf } from './command-runs';
import { type Ground, type Means, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { orderOn } from './orders';
import { drawnPairs, type Pair, pairsOf, played } from './pair';
import { SagaRun } from './saga-run';
import { caseOf, verdictOn } from './verdict';

/** An order of a batch, with means of its own and the quantity that it wants. */
export interface BatchMember {
  readonly means: Means;
  readonly quantity: number;
}

/** A batch of orders, and the ends of its members. */
export interface Batch {
  readonly name: string;
  readonly members: readonly BatchMember[];
  /** The step that fails permanently in the first run, for this member alone. */
  readonly fault?: { readonly at: string; readonly member: number };
  readonly statuses: readonly string[];
}

type Carried = readonly { readonly ground: Ground; readonly row: CommandRow }[];

/**
 * Plays two runs of a batch of orders against each other at drawn pairs of their offsets. Detached members go on in
 * workflows of their own, each of them run twice. Returns a sentence for each member with a wrong end.
 */
export async function everyPairOfBatch(matrix: Matrix, batch: Batch): Promise<readonly string[]> {
  const name = matrix.nextName();
  const [sole] = await recordedBatches(matrix.first, batch, `${name}s`, 1);
  if (!sole) throw new Error(`${batch.name}: nothing was recorded`);
  const run = batchRun(matrix.first, sole);
  await run.finish();
  await aloneTwice(matrix.first, matrix.second, sole);
  const pairs = drawnPairs(batch.name, pairsOf(run.steps.length));
  const batches = await recordedBatches(matrix.first, batch, `${name}p`, pairs.length);
  const cases = await atOnce(
    pairs.map((pair, at) => ({ pair, carried: batches[at] as Carried })),
    async ({ pair, carried }) => {
      const at = (offset: number) => `${offset} (${run.steps[offset] ?? 'the end'})`;
      const label = `${batch.name}: ${pair.way} ${at(pair.first)}, second at ${at(pair.second)}`;
      const ends = endsOf(matrix, batch, carried, pair);
      return Promise.all(
        carried.map(({ ground }, place) =>
          caseOf(ground, `${label}, member ${place}`, async () =>
            (await ends).map((all) => all.filter(({ id }) => id === ground.orderId)),
          ),
        ),
      );
    },
  );
  return verdictOn(matrix, cases.flat(), { statuses: batch.statuses });
}

/** Records batches, each under a workflow id of its own. */
async function recordedBatches(
  stores: Stores,
  { members }: Batch,
  name: string,
  count: number,
): Promise<readonly Carried[]> {
  const byMember = await Promise.all(
    members.map(({ means }, place) => openGrounds(stores, `${name}${'abcdef'[place]}`, count, means)),
  );
  const batches: Carried[] = [];
  for (let at = 0; at < count; at++) {
    const grounds = byMember.map((grounds) => grounds[at] as Ground);
    const rows = await recorded(
      stores,
      grounds.map((ground, place) => orderOn(ground, members[place]?.quantity ?? 1)),
    );
    batches.push(grounds.map((ground, place) => ({ ground, row: rows[place] as CommandRow })));
  }
  return batches;
}

async function endsOf(
  { first, second, sql }: Matrix,
  { fault }: Batch,
  carried: Carried,
  pair: Pair,
): Promise<readonly (readonly MemberEnd[])[]> {
  const open = async (stores: Stores): Promise<Carried> => {
    const now = await Promise.all(
      carried.map(async ({ ground, row }) => ({ ground, row: await rowNow(stores, row) })),
    );
    const [{ row: { workflowId } = { workflowId: '' } } = {}] = carried;
    return now.filter(({ row }) => !row.isClosed && !row.attention && row.workflowId === workflowId);
  };
  const isRecovery = pair.way === 'unheard' || pair.way === 'killed';
  const another = async (stores: Stores) => batchRun(stores, isRecovery ? await open(stores) : carried);
  const faulted = fault && { at: fault.at, id: carried[fault.member]?.row.id ?? '' };
  const ends = await played(sql, pair, {
    first: batchRun(first, carried, faulted),
    second: () => another(second),
    third: () => another(first),
    meanwhile: async () => undefined,
  });
  return [...ends, ...(await aloneTwice(first, second, carried))];
}

/** Runs members alone, each of them twice: detached ones, and those that an operator retries. */
async function aloneTwice(
  first: Stores,
  second: Stores,
  carried: Carried,
): Promise<readonly (readonly MemberEnd[])[]> {
  const ends: (readonly MemberEnd[])[] = [];
  for (const { ground, row } of carried) {
    await first.commands.retry(row.id, `retried/${row.id}`, { caller: 'tester' });
    const now = await rowNow(second, row);
    if (now.isClosed) continue;
    const runs = [first, second].map((stores) => runOf(stores, ground, now));
    ends.push(...(await Promise.all(runs.map((run) => run.finish()))));
  }
  return ends;
}

function batchRun(
  stores: Stores,
  carried: Carried,
  fault?: { readonly at: string; readonly id: string },
): SagaRun {
  return new SagaRun(async (around) => {
    const [first] = carried;
    if (!first) return [];
    const plan: SagaPlan = PLANS[first.row.kind as PlannedKind];
    const port = directPort(
      directDeps(stores, partnersOf(carried)),
      plan,
      first.row.workflowId,
      (step, ids, take) => around(step, ids, take),
    );
    const faulty = fault ? withFault(port, fault) : port;
    return new PlanRun(
      plan,
      carried.map(({ row }) => memberOf(row)),
      faulty,
    ).run();
  });
}

class Faulted extends Error {}

/** Returns a port whose step fails permanently when one command is among its members. */
function withFault(
  port: ReturnType<typeof directPort>,
  { at, id }: { readonly at: string; readonly id: string },
): ReturnType<typeof directPort> {
  return {
    ...port,
    step: (step, members, what) =>
      step === at && members.some((member) => member.id === id)
        ? Promise.reject(new Faulted(`${at} fails for ${id}`))
        : port.step(step, members, what),
    faultOf: (error) =>
      error instanceof Faulted ? { message: error.message, isProvable: false } : port.faultOf(error),
  };
}

/** Returns partners that find the books of each order by the booking key. */
function partnersOf(carried: Carried): BookingParties {
  const at = (key: string) => {
    const found = carried.find(({ ground }) => key.includes(ground.key));
    if (!found) throw new Error(`no order has the key ${key}`);
    return found.ground.partner.heardAs('confirms');
  };
  return {
    book: (party, key, what) => at(key).book(party, key, what),
    lookUp: (party, key) => at(key).lookUp(party, key),
    cancel: (party, key) => at(key).cancel(party, key),
    cancelReference: (party, key, reference) => at(key).cancelReference(party, key, reference),
    reduce: (party, key, lines) => at(key).reduce(party, key, lines),
  };
}
