import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Finds units elsewhere that nodes gave back, or has them wait, or cancels them and gives their credit back. */
export function rejectUnits(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.reject, input);
}
