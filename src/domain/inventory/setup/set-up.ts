import type { Decision, StepAnswer } from '../../decision';
import { done, unchanged } from '../../decision';

export const NODE_KINDS = ['warehouse', 'store', 'partner'] as const;
export const SUPPLY_BASES = ['on_hand', 'available'] as const;
export const BACKORDER_MODES = ['none', 'limited', 'unlimited'] as const;

/** A place stock is promised from. `priority`: lower is preferred. `feedTtlSeconds` null: its supply never expires. */
export interface StockNode {
  readonly id: string;
  readonly name: string;
  readonly kind: (typeof NODE_KINDS)[number];
  readonly region: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly safetyStock: number;
  readonly feedTtlSeconds: number | null;
}

/** A node with the moment of its last setting, RFC 3339. */
export type NodeAsSet = StockNode & { readonly setAt?: string };

/** A source of supply. `on_hand`: our claims are still to be subtracted; `available`: earlier claims already are. */
export interface Source {
  readonly id: string;
  readonly name: string;
  readonly basis: (typeof SUPPLY_BASES)[number];
  readonly authority: number;
  readonly nodes: readonly string[];
}

export interface Backorder {
  readonly mode: (typeof BACKORDER_MODES)[number];
  readonly limit?: number | undefined;
  readonly promiseDate?: string | undefined;
}

export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly backorder: Backorder;
  readonly perOrderMax: number | null;
}

/** Every event of the set-up, `node/{id}`, `source/{id}` and `item/{sku}`. */
export type SetUpEvent =
  /** A node is set. The event has all of it. */
  | { readonly type: 'inventory.node-set.v1'; readonly data: StockNode }
  /** A source is set. The event has all of it. */
  | { readonly type: 'inventory.source-set.v1'; readonly data: Source }
  /** An item is set. The event has all of it. */
  | { readonly type: 'inventory.item-set.v1'; readonly data: Item };

/** Sets a piece of set-up; the same content again changes nothing. Events replace the whole piece. */
export function decideSetUp<Event extends { readonly data: object }>(
  current: Event['data'] | undefined,
  wanted: Event,
): Decision<StepAnswer, Event> {
  if (current !== undefined && sameContent(current, wanted.data)) return unchanged(done);
  return { answer: done, events: [wanted] };
}

/** The refusal to move a node with reported stock between us and a partner; nothing changes. */
export interface KindSettled {
  readonly kind: 'kind-settled';
  readonly detail: string;
}

/** Returns true when a node would move between us and a partner. */
export function changesHands(current: StockNode | undefined, wanted: StockNode): boolean {
  return current !== undefined && (current.kind === 'partner') !== (wanted.kind === 'partner');
}

/**
 * Sets or changes a node. A saga asks partners for stock promised from them, and tells them when it is no longer
 * needed. So a node with reported stock, which may have been promised, cannot become a partner or stop being one.
 */
export function decideSetNode(
  current: StockNode | undefined,
  wanted: StockNode,
  isStocked: boolean,
): Decision<StepAnswer | KindSettled, SetUpEvent> {
  if (current && isStocked && changesHands(current, wanted))
    return unchanged({
      kind: 'kind-settled',
      detail: `${current.id} is a ${current.kind}, and stock was heard of there`,
    });
  return decideSetUp<SetUpEvent>(current, { type: 'inventory.node-set.v1', data: wanted });
}

function sameContent(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
