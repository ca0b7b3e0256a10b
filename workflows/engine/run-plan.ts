import { ApplicationFailure } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SagaPlan } from '../../src/contracts/plans';
import { type MemberEnd, NEEDS_ATTENTION, type SagaInput } from '../../src/contracts/saga';
import { PlanRun } from './plan-run';
import { outcomesOf } from './search-attributes';
import { temporalPort, uncancelled } from './temporal-port';

/**
 * Runs the plan of one kind of command over the commands of the input.
 * @throws ApplicationFailure of type `NeedsAttention` where a command in a workflow of its own needs an operator
 */
export async function runPlan(plan: SagaPlan, { members }: SagaInput): Promise<readonly MemberEnd[]> {
  return uncancelled(async () => {
    const run = new PlanRun(plan, members, temporalPort(plan.workflow));
    const ends = await run.run();
    upsertSearchAttributes(outcomesOf(ends));
    const [left] = run.needsAttention;
    if (left && members.length === 1)
      throw ApplicationFailure.nonRetryable(
        `${left.id} needs an operator: ${left.remaining.join(', ')} (${left.failure}). ` +
          `Mend the cause, then retry or resolve it at /v1/sagas/${left.id}.`,
        NEEDS_ATTENTION,
      );
    return ends;
  });
}
