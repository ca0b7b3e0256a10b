import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { WORKFLOWS } from '../../src/contracts/workflow-names';
import { cachedBundle } from '../support/saga-bundle';
import { quietRuntime } from '../support/saga-settings';
import { BRANCHES, type Branch } from './branches';
import { asHistory, olderHistories, readHistory, recordedBranches, textOf } from './recorded-history';

const NAMES = Object.entries<Branch>(BRANCHES);
const OLDER = olderHistories();
const ALL = NAMES.length + OLDER.length;

beforeAll(() => quietRuntime());

async function replayAll(code: string, options: { readonly maxCachedWorkflows?: number } = {}) {
  const histories = recordedBranches().map((branch) => {
    const recorded = readHistory(branch);
    if (!recorded) throw new Error(`no history of ${branch}`);
    return { workflowId: recorded.workflowId, history: asHistory(recorded), branch };
  });
  for (const { name, recorded } of OLDER)
    histories.push({ workflowId: recorded.workflowId, history: asHistory(recorded), branch: name });
  const failures: string[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { code }, ...options },
    histories,
  )) {
    replayed += 1;
    const { branch } = histories.find((history) => history.workflowId === workflowId) ?? {};
    if (error) failures.push(`${branch}: ${error.message}`);
  }
  return { failures, replayed };
}

describe('every branch', () => {
  test.each(NAMES)('%s has a history that took it', (name, { workflow, shows }) => {
    const recorded = readHistory(name);
    if (!recorded) throw new Error(`no history of ${name}: npm run record-histories -- ${name}`);
    const text = textOf(recorded);
    expect(text).toContain(`"workflowType":{"name":"${workflow}"}`);
    expect(text).toMatch(shows);
  });

  test('of every workflow: each has at least one, and no history is of none', () => {
    expect([...new Set(NAMES.map(([, { workflow }]) => workflow))].sort()).toEqual(
      Object.keys(WORKFLOWS).sort(),
    );
    expect([...recordedBranches()].sort()).toEqual(Object.keys(BRANCHES).sort());
  });

  test('is small enough to be kept', () => {
    const folder = path.join(__dirname, 'histories');
    const total = recordedBranches().reduce(
      (sum, name) => sum + readFileSync(path.join(folder, `${name}.json`)).length,
      0,
    );
    expect(total).toBeLessThan(800_000);
  });
});

describe('the workflows as they are now', () => {
  test('go the same way as when each history was recorded', async () => {
    const { code } = await cachedBundle();
    expect(await replayAll(code)).toEqual({ failures: [], replayed: ALL });
  });

  test('also where nothing is kept in memory between two tasks', async () => {
    const { code } = await cachedBundle();
    expect(await replayAll(code, { maxCachedWorkflows: 0 })).toEqual({
      failures: [],
      replayed: ALL,
    });
  });

  test.each([
    ['a step in another place', "saga.step('holdCredit'", "saga.step('commitStock'"],
    ['a step left out', "await saga.step('approveOrder'", "(async () => undefined)('approveOrder'"],
    ['undos in another order', 'member.undos.unshift(undo)', 'member.undos.push(undo)'],
    ['another child', 'finish-compensation/', 'end-compensation/'],
    ['a party asked once only', 'attempt <= MOST_ATTEMPTS', 'attempt <= 1'],
    ['an undo left out', 'for (const undo of trip.undos)', 'for (const undo of trip.undos.slice(1))'],
    ['partners asked within their set', 'saga.continueElsewhere(', '(async () => undefined)('],
    ['a limit that older histories do not know', 'round >= MOST_ROUNDS && ', 'round >= MOST_ROUNDS || '],
    ['bookings left standing', 'end.given.hasSurplus', 'false'],
    ['asking again without looking', "asked.kind !== 'unknown'", "asked.kind === 'unknown'"],
  ])('would be found out by %s', async (_, from, to) => {
    const { code } = await cachedBundle();
    expect(code).toContain(from);
    const { failures } = await replayAll(code.replaceAll(from, to));
    expect(failures.join('\n')).toMatch(/nondeterminism|non-deterministic|does not match/i);
  });
});
