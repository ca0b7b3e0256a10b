import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Holds credit, commits stock and confirms at partners, then approves each order, or rejects and compensates it. */
export function createOrders(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.create, input);
}
