import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { PLANS, type SagaPlan } from '../../src/contracts/plans';
import * as workflows from '../../workflows/index';
import { cachedBundle } from '../support/saga-bundle';
import { quietRuntime } from '../support/saga-settings';
import { BRANCHES, type Branch } from './branches';
import { asHistory, readHistory, recordedBranches, textOf } from './recorded-history';

const NAMES = Object.entries<Branch>(BRANCHES);

beforeAll(() => quietRuntime());

async function replayAll(code: string, options: { readonly maxCachedWorkflows?: number } = {}) {
  const histories = recordedBranches().map((branch) => {
    const recorded = readHistory(branch);
    if (!recorded) throw new Error(`no history of ${branch}`);
    return { workflowId: recorded.workflowId, history: asHistory(recorded), branch };
  });
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
      Object.keys(workflows).sort(),
    );
    expect([...recordedBranches()].sort()).toEqual(Object.keys(BRANCHES).sort());
  });

  test('of every plan: each of its steps is in some history', () => {
    const all = recordedBranches()
      .map((name) => readHistory(name))
      .map((recorded) => (recorded ? textOf(recorded) : ''))
      .join('\n');
    const steps = Object.values<SagaPlan>(PLANS).flatMap(({ tries, decide, complete }) => [
      ...tries.flatMap(({ step, compensation }) => [step, compensation ?? []].flat()),
      ...(decide ? [decide] : []),
      ...Object.values(complete).flat(),
    ]);
    const ofPartners = { confirmAtPartners: 'askPartners' } as Readonly<Record<string, string>>;
    expect([...new Set(steps)].filter((step) => !all.includes(ofPartners[step] ?? step))).toEqual([]);
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
    expect(await replayAll(code)).toEqual({ failures: [], replayed: NAMES.length });
  });

  test('also where nothing is kept in memory between two tasks', async () => {
    const { code } = await cachedBundle();
    expect(await replayAll(code, { maxCachedWorkflows: 0 })).toEqual({
      failures: [],
      replayed: NAMES.length,
    });
  });

  test.each([
    [
      'a step in another place',
      'for (const { step } of this.plan.tries)',
      'for (const { step } of [...this.plan.tries].reverse())',
    ],
    ['a compensation left out', 'for (const step of steps)', 'for (const step of steps.slice(1))'],
    ['compensations in another order', ').reverse()', ')'],
    ['another child', ".map(encodeURIComponent).join('/')", ".map(encodeURIComponent).join('-')"],
    ['a party asked once only', 'attempt <= MOST_ATTEMPTS', 'attempt <= 1'],
    ['a cancellation left out', 'of trip.undos)', 'of trip.undos.slice(1))'],
    [
      'partners asked within their batch',
      '_class_private_method_get(this, _detach, detach).call(this, concerned)',
      'undefined',
    ],
    ['bookings left standing', 'this.port.cancelAtPartners(', '(async () => undefined)('],
    ['asking again without looking', "asked.kind !== 'unknown'", "asked.kind === 'unknown'"],
  ])('would be found out by %s', async (_, from, to) => {
    const { code } = await cachedBundle();
    // Not `toContain`, which would print all of the code.
    expect(code.includes(from)).toBe(true);
    const { failures } = await replayAll(code.replaceAll(from, to));
    expect(failures.join('\n')).toMatch(/nondeterminism|non-deterministic|does not match/i);
  });
});
