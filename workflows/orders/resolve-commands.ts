import { PLANS } from '../../src/contracts/plans';
import type { MemberEnd, SagaInput } from '../../src/contracts/saga';
import { runPlan } from '../engine/run-plan';

/** Ends commands that an operator has resolved by hand. */
export function resolveCommands(input: SagaInput): Promise<readonly MemberEnd[]> {
  return runPlan(PLANS.resolve, input);
}
