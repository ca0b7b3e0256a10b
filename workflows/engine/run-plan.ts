import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SagaPlan } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { needsOperator } from './needs-operator';
import { PlanRun } from './plan-run';
import { outcomesOf } from './search-attributes';
import { temporalPort, uncancelled } from './temporal-port';

/**
 * Runs the plan of one kind of command for the commands of the input.
 * @throws ApplicationFailure of type `NeedsAttention` when the only command of the workflow needs an operator
 */
export async function runPlan(plan: SagaPlan, { members }: SagaInput): Promise<readonly MemberEnd[]> {
  return uncancelled(async () => {
    const run = new PlanRun(plan, members, temporalPort(plan.workflow));
    const ends = await run.run();
    upsertSearchAttributes(outcomesOf(ends));
    const [left] = run.needsAttention;
    if (left && members.length === 1) throw needsOperator(left.id, left);
    return ends;
  });
}
