import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { MemberEnd } from '../../../src/contracts/saga';
import { drawn } from './drawn';
import type { Halt, SagaRun } from './saga-run';

/**
 * The way in which the first of two runs stops; `killed`: both stop for good and a third one has to end the command.
 */
export type Way = Halt | 'killed';

const WAYS: readonly Way[] = ['before', 'unheard', 'inside', 'killed'];

/** Two runs of one command, and the offset at which each of them stops. */
export interface Pair {
  readonly way: Way;
  readonly first: number;
  readonly second: number;
}

/** The most steps of a saga that is played in every way at every pair. */
const FEW_STEPS = 3;

/**
 * Returns every pair of offsets of runs with this many steps, in every way. A run stopped after its last step has
 * ended. A saga with many steps is stopped before its steps at every pair; the other ways cover only pairs whose second
 * run is at the start, as far as the first one, or at the end. With `areFew` that holds for all ways.
 */
export function pairsOf(steps: number, areFew = false): readonly Pair[] {
  const offsets = Array.from({ length: steps + 1 }, (_, at) => at);
  const isPlayed = ({ way, first, second }: Pair) => {
    // At its end a run has no step left whose answer could be lost, or in which to hold it.
    if (first === steps && (way === 'unheard' || way === 'inside')) return false;
    if (!areFew && (way === 'before' || steps <= FEW_STEPS)) return true;
    return second === 0 || second === first || second === steps;
  };
  return WAYS.flatMap((way) =>
    offsets.flatMap((first) => offsets.map((second): Pair => ({ way, first, second }))),
  ).filter(isPlayed);
}

/** Returns the pairs to play: of each way and each offset of the first run a drawn one, or all. */
export function drawnPairs(name: string, pairs: readonly Pair[]): readonly Pair[] {
  return drawn(name, pairs, ({ way, first }) => `${way} ${first}`);
}

export interface Runs {
  readonly first: SagaRun;
  /** Created when the second run begins, as its input holds the command's state at that time. */
  readonly second: () => Promise<SagaRun>;
  readonly third: () => Promise<SagaRun>;
  /** Runs once the first run has stopped. */
  readonly meanwhile: () => Promise<void>;
}

/** Plays two runs of a command against each other. Returns the ends of the runs that ended. */
export async function played(sql: Pool, pair: Pair, runs: Runs): Promise<readonly (readonly MemberEnd[])[]> {
  if (pair.way === 'inside') return heldInside(sql, pair, runs);
  await runs.first.upTo(pair.first, pair.way === 'unheard' ? 'unheard' : 'before');
  await runs.meanwhile();
  const second = await runs.second();
  await second.upTo(pair.second);
  if (pair.way === 'killed') return [await (await runs.third()).finish()];
  const ends = await runs.first.finish();
  return [ends, await second.finish()];
}

/**
 * Lets the second run go on while a transaction of the first one is held; the second run waits for it or ends beside
 * it.
 */
async function heldInside(sql: Pool, pair: Pair, runs: Runs): Promise<readonly (readonly MemberEnd[])[]> {
  const second = await runs.second();
  await second.upTo(pair.second);
  await runs.meanwhile();
  await runs.first.upTo(pair.first, 'inside');
  const ending = second.finish();
  if (runs.first.hold.isUsed) await endedOrBlocked(sql, await runs.first.hold.entered, ending);
  else await ending.catch(() => undefined);
  const ends = await runs.first.finish();
  return [ends, await ending];
}

const LOOK_MS = 3;

/** Waits until a run ends or waits for the locks of a connection. */
export async function endedOrBlocked(
  sql: Pool,
  pid: number,
  ending: Promise<unknown>,
): Promise<'ended' | 'blocked'> {
  let hasEnded = false;
  const noted = ending.then(
    () => {
      hasEnded = true;
    },
    () => {
      hasEnded = true;
    },
  );
  for (;;) {
    await Promise.race([noted, sleep(LOOK_MS)]);
    if (hasEnded) return 'ended';
    const { rowCount } = await sql.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND $1 = ANY(pg_blocking_pids(pid)) LIMIT 1`,
      [pid],
    );
    if (rowCount) return 'blocked';
  }
}
