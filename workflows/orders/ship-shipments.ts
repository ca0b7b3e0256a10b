import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Consumes the stock of shipments that have left, and captures their credit. */
export function shipShipments(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.ship, input);
}
