import type { AccountEvent } from '../domain/credit/account';
import type { EligibilityRuleEvent } from '../domain/inventory/limits/eligibility';
import type { CapEvent } from '../domain/inventory/limits/sales-cap';
import type { SetUpEvent } from '../domain/inventory/setup/set-up';
import type { OrderEvent } from '../domain/order/order-events';
import type { SetUpRemoved } from '../domain/removal';

type ActEventType =
  | SetUpEvent['type']
  | SetUpRemoved['type']
  | EligibilityRuleEvent['type']
  | Extract<CapEvent['type'], `inventory.cap-${'set' | 'removed'}.v1`>
  | Extract<AccountEvent['type'], `credit.account-${string}`>
  | Extract<OrderEvent['type'], 'orders.personal-data-erased.v1'>;

/** The act of each event that is a setting or an erasure. */
export const ACTS_BY_EVENT = {
  'inventory.node-set.v1': 'node.set',
  'inventory.node-removed.v1': 'node.remove',
  'inventory.source-set.v1': 'source.set',
  'inventory.source-removed.v1': 'source.remove',
  'inventory.item-set.v1': 'item.set',
  'inventory.item-removed.v1': 'item.remove',
  'inventory.cap-set.v1': 'cap.set',
  'inventory.cap-removed.v1': 'cap.remove',
  'inventory.eligibility-rule-set.v1': 'eligibility-rule.set',
  'inventory.eligibility-rule-removed.v1': 'eligibility-rule.remove',
  'credit.account-set.v1': 'credit-account.set',
  'credit.account-closed.v1': 'credit-account.close',
  'orders.personal-data-erased.v1': 'order.erase-personal-data',
} as const satisfies Readonly<Record<ActEventType, string>>;

/** The acts that leave no event: each writes an entry of the audit log in its own transaction. */
export const LOGGED_ACTS = [
  'key.create',
  'key.revoke',
  'saga.retry',
  'saga.resolve',
  'saga.reopen',
  'subscription.reset',
  'subscription.remove',
  'parked-event.retry',
  'parked-event.drop',
  'webhook.set',
  'webhook.remove',
  'webhook.rotate-secret',
  'webhook.replay',
  'log.archive',
] as const;

export type LoggedAct = (typeof LOGGED_ACTS)[number];
export type AuditAct = LoggedAct | (typeof ACTS_BY_EVENT)[ActEventType];

/** Every act of the audit log. */
export const AUDIT_ACTS: readonly AuditAct[] = [...LOGGED_ACTS, ...Object.values(ACTS_BY_EVENT)];

/** Returns the act that an event is; undefined for any other event. */
export function actOfEvent(type: string): AuditAct | undefined {
  return Object.hasOwn(ACTS_BY_EVENT, type) ? ACTS_BY_EVENT[type as ActEventType] : undefined;
}
