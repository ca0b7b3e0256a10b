import { createActivities } from '../../activities/activities';
import { PLANS, type SagaPlan, STEPS, SURPLUS_STEP, stepsAfter, workflowOf } from '../../src/contracts/plans';
import { COMMAND_KINDS } from '../../src/domain/command/recorded-command';
import * as workflows from '../../workflows/index';

const plans: [string, SagaPlan][] = Object.entries(PLANS);
/** Steps at third parties, of several calls each. */
const AT_PARTNERS = ['confirmAtPartners', SURPLUS_STEP];

function stepsOf({ tries, decide, complete }: SagaPlan): readonly string[] {
  const tentative = tries.flatMap(({ step, compensation }) => [
    step,
    ...(compensation ? [compensation] : []),
  ]);
  return [...tentative, ...(decide ? [decide] : []), ...Object.values(complete).flat()];
}

test.each(COMMAND_KINDS)('a %s has a workflow that exists, or is over with its record', (kind) => {
  const workflow = workflowOf(kind);
  if (workflow === null) expect(['accept', 'deliver']).toContain(kind);
  else expect(Object.keys(workflows)).toContain(workflow);
});

test('no two kinds of command share a workflow', () => {
  const named = COMMAND_KINDS.flatMap((kind) => workflowOf(kind) ?? []);
  expect(new Set(named).size).toBe(named.length);
});

describe.each(plans)('the plan of a %s', (_kind, plan) => {
  test('names steps that exist, at their store or with third parties', () => {
    const activities = Object.keys(createActivities({ stores: {} } as never));
    for (const step of stepsOf(plan)) {
      expect(Object.keys(STEPS)).toContain(step);
      if (!AT_PARTNERS.includes(step)) expect(activities).toContain(step);
    }
  });

  test('decides in the orders store, where it does not follow its record', () => {
    if (plan.decide) expect(STEPS[plan.decide].at).toBe('orders');
    else expect(plan.tries).toEqual([]);
  });

  test('runs every compensation that it declares, the last step’s first, at its step’s store', () => {
    const declared = plan.tries.filter(({ compensation }) => compensation);
    for (const { step, compensation } of declared)
      expect(compensation && STEPS[compensation].at).toBe(STEPS[step].at);
    const expected = declared.map(({ compensation }) => compensation).reverse();
    const compensating = Object.values(plan.complete).filter((steps) =>
      expected.some((step) => steps.includes(step as never)),
    );
    expect(compensating).toHaveLength(expected.length > 0 ? 1 : 0);
    for (const steps of compensating) expect(steps.slice(0, expected.length)).toEqual(expected);
  });

  test('knows what follows each of its decisions, and of no other', () => {
    for (const decision of Object.keys(plan.complete))
      expect(stepsAfter(plan, decision)).toBe(plan.complete[decision]);
    expect(() => stepsAfter(plan, 'guessed')).toThrow(
      `${plan.workflow} has no steps for the decision guessed`,
    );
  });
});

test('every step is of some plan, or runs after the plan’s own', () => {
  const planned = plans.flatMap(([, plan]) => stepsOf(plan));
  expect(Object.keys(STEPS).filter((step) => !planned.includes(step))).toEqual([SURPLUS_STEP]);
});
