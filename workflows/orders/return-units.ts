import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Adds returned units to the stock of the nodes that received them, and refunds their price. */
export function returnUnits(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.return, input);
}
