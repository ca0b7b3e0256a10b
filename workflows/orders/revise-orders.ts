import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Commits additional credit and stock, applies each revision or turns it back, and releases the surplus. */
export function reviseOrders(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.revise, input);
}
