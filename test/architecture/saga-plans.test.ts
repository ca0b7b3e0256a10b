import { createActivities } from '../../activities/activities';
import type { StepDeps } from '../../activities/step-deps';
import { PLANS, type SagaPlan, STEPS, type StepName, workflowOf } from '../../src/contracts/plans';
import * as workflows from '../../workflows';

const plans: readonly SagaPlan[] = Object.values(PLANS);
const named = plans.map((plan) => [plan.workflow, plan] as const);

function stepsOf({ tries, decide, complete }: SagaPlan): readonly StepName[] {
  const tried = tries.flatMap(({ step, compensation }) => [step, ...(compensation ? [compensation] : [])]);
  return [...tried, ...(decide ? [decide] : []), ...Object.values(complete).flat()];
}

/** Stands for every store; no step is taken here. */
const anything: object = new Proxy({}, { get: () => anything });
const ACTIVITIES = Object.keys(createActivities(anything as StepDeps));

describe.each(named)('the plan of %s', (workflow, plan) => {
  test('belongs to a workflow that workers have', () => {
    expect(Object.keys(workflows)).toContain(workflow);
  });

  test('takes each of its steps through an activity of the same name', () => {
    // What partners are asked is several calls, which the engine makes.
    const own = stepsOf(plan).filter((step) => STEPS[step].at !== 'partners');
    expect(own.filter((step) => !ACTIVITIES.includes(step))).toEqual([]);
  });

  test('declares a compensation on the store that the step has changed', () => {
    for (const { step, compensation } of plan.tries)
      if (compensation) expect(STEPS[compensation].at).toBe(STEPS[step].at);
  });

  test('decides in the row of the order, and touches a store once with each step after that', () => {
    if (plan.decide) expect(STEPS[plan.decide].at).toBe('orders');
    for (const steps of Object.values(plan.complete)) expect(new Set(steps).size).toBe(steps.length);
  });
});

test.each([
  ['create', 'rejected'],
  ['revise', 'turned-back'],
] as const)(
  'a %s that is %s gives back everything it may have tried, the last step first',
  (kind, decision) => {
    const { tries, complete }: SagaPlan = PLANS[kind];
    const compensations = tries.flatMap(({ compensation }) => compensation ?? []).reverse();
    expect(compensations).toHaveLength(2);
    expect(complete[decision]?.slice(0, 2)).toEqual(compensations);
  },
);

test('every step is part of a plan, or of what partners are asked and told', () => {
  const planned = new Set(plans.flatMap(stepsOf));
  const unplanned = Object.keys(STEPS).filter((step) => !planned.has(step as StepName));
  expect(unplanned).toEqual(['cancelAtPartners']);
  for (const { label } of Object.values(STEPS)) expect(label).toMatch(/^[A-Z][a-z ]+$/);
});

test('reports that their record decides have no workflow', () => {
  expect([workflowOf('accept'), workflowOf('deliver'), workflowOf('trip')]).toEqual([null, null, 'bookTrip']);
  expect(Object.keys(workflows)).toContain('bookTrip');
});
