import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Gets what revised orders need more of, applies each revision or turns it back, and gives back what is too much. */
export function reviseOrders(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.revise, input);
}
