import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Consumes the stock of shipped shipments and captures their credit. */
export function shipShipments(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.ship, input);
}
