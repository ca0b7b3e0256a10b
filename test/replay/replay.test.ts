import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/activities';
import { PLANS, STEPS } from '../../src/contracts/plans';
import { TRACE_HEADER } from '../../src/contracts/trace-header';
import * as workflows from '../../workflows';
import { cachedBundle } from '../support/saga-bundle';
import { quietRuntime } from '../support/saga-settings';
import { BRANCHES } from './branches';
import { asHistory, type RecordedHistory, readHistory, recordedBranches, textOf } from './recorded-history';

const NAMES = Object.entries(BRANCHES);

beforeAll(() => quietRuntime());

async function replayAll(
  code: string,
  options: { readonly maxCachedWorkflows?: number } = {},
  change: (recorded: RecordedHistory) => RecordedHistory = (recorded) => recorded,
) {
  const histories = recordedBranches().map((branch) => {
    const recorded = readHistory(branch);
    if (!recorded) throw new Error(`no history of ${branch}`);
    return { workflowId: recorded.workflowId, history: asHistory(change(recorded)), branch };
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

/** Returns a history as if its workflow had been started with a trace. */
function withTrace({ workflowId, history }: RecordedHistory): RecordedHistory {
  const [started, ...others] = history.events;
  const attributes = (started as { readonly workflowExecutionStartedEventAttributes: object })
    .workflowExecutionStartedEventAttributes;
  const trace = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
  const payload = defaultPayloadConverter.toPayload(trace);
  const header = { fields: { [TRACE_HEADER]: payload } };
  const traced = { ...started, workflowExecutionStartedEventAttributes: { ...attributes, header } };
  return { workflowId, history: { events: [traced, ...others] } };
}

function allTexts(): readonly string[] {
  return recordedBranches().flatMap((branch) => {
    const recorded = readHistory(branch);
    return recorded ? [textOf(recorded)] : [];
  });
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

  test('is small enough to be kept', () => {
    const folder = path.join(__dirname, 'histories');
    const total = recordedBranches().reduce(
      (sum, name) => sum + readFileSync(path.join(folder, `${name}.json`)).length,
      0,
    );
    expect(total).toBeLessThan(800_000);
  });
});

describe('the histories', () => {
  /** Steps with one readable name and several activities. */
  const PARTS: Readonly<Record<string, readonly string[]>> = {
    confirmAtPartners: ['askPartners', 'notePartnerReply'],
  };

  test('hold every step of every plan, and every other activity', () => {
    const texts = allTexts().join('\n');
    const steps = Object.keys(STEPS).flatMap((step) => PARTS[step] ?? [step]);
    const names = new Set([...steps, ...Object.keys(createActivities({ stores: {} } as never))]);
    const isThere = (name: string) =>
      texts.includes(`"activity_type":"${name}"`) || texts.includes(`"activityType":{"name":"${name}"}`);
    expect([...names].filter((name) => !isThere(name))).toEqual([]);
  });

  test('hold every decision of every plan', () => {
    const texts = allTexts();
    const missing = Object.values(PLANS).flatMap(({ workflow, complete }) => {
      const ofWorkflow = texts.filter((text) => text.includes(`"workflowType":{"name":"${workflow}"}`));
      return Object.keys(complete)
        .filter((decision) => !ofWorkflow.some((text) => text.includes(`"decision":"${decision}"`)))
        .map((decision) => `${workflow}: ${decision}`);
    });
    expect(missing).toEqual([]);
  });
});

describe('the workflows as they are now', () => {
  const all = { failures: [], replayed: NAMES.length };

  test('go the same way as when each history was recorded', async () => {
    const { code } = await cachedBundle();
    expect(await replayAll(code)).toEqual(all);
  });

  test('also where nothing is kept in memory between two tasks', async () => {
    const { code } = await cachedBundle();
    expect(await replayAll(code, { maxCachedWorkflows: 0 })).toEqual(all);
  });

  test('also when they are started with a trace', async () => {
    const { code } = await cachedBundle();
    expect(await replayAll(code, {}, withTrace)).toEqual(all);
  });

  test.each([
    ['another step', "step: 'holdCredit'", "step: 'increaseCredit'"],
    ['compensations in another order', ': []).reverse()', ': [])'],
    ['a step left out', "'consumeStock',", ''],
    ['another child', '(workflow, subject, id)', '(workflow, id, subject)'],
    ['a party asked once only', 'attempt <= MOST_ATTEMPTS', 'attempt <= 1'],
    ['an undo left out', 'of undos)', 'of undos.slice(1))'],
    ['partners asked within their batch', '_members).length > 1)', '_members).length > 9)'],
    ['bookings left standing', 'hasSurplus: member.decision !== null', 'hasSurplus: false'],
    ['asking again without looking', "asked.kind !== 'unknown'", "asked.kind === 'unknown'"],
  ])('would be found out by %s', async (_, from, to) => {
    const { code } = await cachedBundle();
    expect(code).toContain(from);
    const { failures } = await replayAll(code.replaceAll(from, to));
    expect(failures.join('\n')).toMatch(/nondeterminism|non-deterministic|does not match/i);
  });
});
