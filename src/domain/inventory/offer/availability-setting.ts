import { never } from '../../decision';
import type { SetUpRemoved } from '../../removal';
import { type BackorderEvent, type BackorderQueue, emptyQueue, evolveQueue } from '../limits/backorder';
import { type CapUsage, evolveCapUsage } from '../limits/cap-usage';
import type { EligibilityRule, EligibilityRuleEvent } from '../limits/eligibility';
import type { CapEvent } from '../limits/sales-cap';
import type { Item, NodeAsSet, SetUpEvent, Source } from '../setup/set-up';

/** The events that decide how much can be sold, without those of stock. */
export type SettingEvent = SetUpEvent | SetUpRemoved | EligibilityRuleEvent | CapEvent | BackorderEvent;

interface SettingStates {
  readonly node: NodeAsSet;
  readonly source: Source;
  readonly item: Item;
  readonly rule: EligibilityRule;
  readonly cap: CapUsage;
  readonly queue: BackorderQueue;
}

export type SettingKind = keyof SettingStates;
export type SettingState = SettingStates[SettingKind];

/** A setting by its kind. `state` is null after its removal. */
export type Setting = {
  readonly [Kind in SettingKind]: {
    readonly kind: Kind;
    readonly id: string;
    readonly state: SettingStates[Kind] | null;
  };
}[SettingKind];

/** The kind of setting that each event is about. A missing event type does not compile. */
export const SETTING_OF = {
  'inventory.node-set.v1': 'node',
  'inventory.source-set.v1': 'source',
  'inventory.item-set.v1': 'item',
  'inventory.node-removed.v1': 'node',
  'inventory.source-removed.v1': 'source',
  'inventory.item-removed.v1': 'item',
  'inventory.eligibility-rule-set.v1': 'rule',
  'inventory.eligibility-rule-removed.v1': 'rule',
  'inventory.cap-set.v1': 'cap',
  'inventory.cap-removed.v1': 'cap',
  'inventory.cap-claimed.v1': 'cap',
  'inventory.cap-claim-kept.v1': 'cap',
  'inventory.cap-claim-extended.v1': 'cap',
  'inventory.cap-claim-returned.v1': 'cap',
  'inventory.backorder-placed.v1': 'queue',
  'inventory.backorder-restricted.v1': 'queue',
  'inventory.backorder-filled.v1': 'queue',
  'inventory.backorder-withdrawn.v1': 'queue',
} as const satisfies Record<SettingEvent['type'], SettingKind>;

export function isSettingEvent(event: { readonly type: string }): event is SettingEvent {
  return Object.hasOwn(SETTING_OF, event.type);
}

/** Applies an event of its stream to a setting. `at` is the moment of the event. */
export function evolveSetting(
  id: string,
  state: SettingState | null | undefined,
  event: SettingEvent,
  at: string,
): SettingState | null {
  switch (event.type) {
    case 'inventory.node-set.v1':
      return { ...event.data, setAt: at };
    case 'inventory.source-set.v1':
    case 'inventory.item-set.v1':
    case 'inventory.eligibility-rule-set.v1':
      return event.data;
    case 'inventory.node-removed.v1':
    case 'inventory.source-removed.v1':
    case 'inventory.item-removed.v1':
    case 'inventory.eligibility-rule-removed.v1':
      return null;
    case 'inventory.cap-set.v1':
    case 'inventory.cap-removed.v1':
    case 'inventory.cap-claimed.v1':
    case 'inventory.cap-claim-kept.v1':
    case 'inventory.cap-claim-extended.v1':
    case 'inventory.cap-claim-returned.v1':
      return evolveCapUsage((state ?? undefined) as CapUsage | undefined, event) ?? null;
    case 'inventory.backorder-placed.v1':
    case 'inventory.backorder-restricted.v1':
    case 'inventory.backorder-filled.v1':
    case 'inventory.backorder-withdrawn.v1':
      return evolveQueue((state as BackorderQueue | null | undefined) ?? emptyQueue(id), event);
    default:
      return never(event);
  }
}

/** Returns the items that a rule or a cap is about; null for all items, and for a setting that is found by its id. */
export function skusOf(kind: SettingKind, state: SettingState | null): readonly string[] | null {
  if (state === null) return null;
  if (kind === 'cap') return (state as CapUsage).state.cap.skus;
  const { deny } = state as Partial<EligibilityRule>;
  return kind === 'rule' && deny && deny.sku !== null ? [deny.sku] : null;
}
