import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Sources rejected units from other nodes, backorders them, or cancels them and decreases the credit hold. */
export function rejectUnits(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.reject, input);
}
