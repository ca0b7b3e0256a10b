import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Holds credit and stock for orders, has partners agree, and approves each order or rejects it with everything given back. */
export function createOrders(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.create, input);
}
