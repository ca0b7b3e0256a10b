import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Releases the unshipped stock and the credit of cancelled orders, and frees the orders. */
export function cancelOrders(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.cancel, input);
}
