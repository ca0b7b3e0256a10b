import { type Decision, done, never, type StepAnswer, unchanged } from '../../decision';
import { decideSetUp } from '../setup/set-up';
import type { EligibilityRule, EligibilityRuleEvent } from './eligibility';
import type { CapEvent, CapState, SalesCap } from './sales-cap';

/** A rule, and whether it is in force. A removed rule stays, so that its log continues when it is set again. */
export interface RuleState {
  readonly rule: EligibilityRule;
  readonly isActive: boolean;
}

export function evolveRule(state: RuleState | undefined, event: EligibilityRuleEvent): RuleState | undefined {
  switch (event.type) {
    case 'inventory.eligibility-rule-set.v1':
      return { rule: event.data, isActive: true };
    case 'inventory.eligibility-rule-removed.v1':
      return state && { ...state, isActive: false };
    default:
      return never(event);
  }
}

/** Sets, changes or restores a cap; a restored cap keeps its usage. Setting the same cap again changes nothing. */
export function decideSetCap(state: CapState | undefined, cap: SalesCap): Decision<StepAnswer, CapEvent> {
  return decideSetUp(state?.isActive ? state.cap : undefined, { type: 'inventory.cap-set.v1', data: cap });
}

/** Takes a cap out of force. Its claims stay and may still be returned. */
export function decideRemoveCap({ cap, isActive }: CapState): Decision<StepAnswer, CapEvent> {
  if (!isActive) return unchanged(done);
  return { answer: done, events: [{ type: 'inventory.cap-removed.v1', data: { id: cap.id } }] };
}

/** Sets, changes or restores a rule. Setting the same rule again changes nothing. */
export function decideSetRule(
  state: RuleState | undefined,
  rule: EligibilityRule,
): Decision<StepAnswer, EligibilityRuleEvent> {
  const current = state?.isActive ? state.rule : undefined;
  return decideSetUp(current, { type: 'inventory.eligibility-rule-set.v1', data: rule });
}

/** Takes a rule out of force. */
export function decideRemoveRule({ rule, isActive }: RuleState): Decision<StepAnswer, EligibilityRuleEvent> {
  if (!isActive) return unchanged(done);
  return { answer: done, events: [{ type: 'inventory.eligibility-rule-removed.v1', data: { id: rule.id } }] };
}
