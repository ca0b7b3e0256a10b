import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Gives back what has not shipped of cancelled orders, and frees them. */
export function cancelOrders(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.cancel, input);
}
