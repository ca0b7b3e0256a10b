import type { Decision, StepAnswer } from '../../decision';
import { done, unchanged } from '../../decision';

export const NODE_KINDS = ['warehouse', 'store', 'partner'] as const;
export const SUPPLY_BASES = ['on_hand', 'available'] as const;
export const BACKORDER_MODES = ['none', 'limited', 'unlimited'] as const;

/** A place stock is promised from. `priority`: lower is preferred. `feedTtlSeconds` null: its supply never goes stale. */
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

/** Who reports supply. `on_hand`: our claims are still to be subtracted; `available`: earlier ones already were. */
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

export type SetUpEvent =
  | { readonly type: 'inventory.node-set.v1'; readonly data: StockNode }
  | { readonly type: 'inventory.source-set.v1'; readonly data: Source }
  | { readonly type: 'inventory.item-set.v1'; readonly data: Item };

/** Puts a piece of set-up in place; saying what already holds changes nothing. Events replace the whole piece. */
export function decideSetUp<Event extends { readonly data: object }>(
  current: Event['data'] | undefined,
  wanted: Event,
): Decision<StepAnswer, Event> {
  if (current !== undefined && sameContent(current, wanted.data)) return unchanged(done);
  return { answer: done, events: [wanted] };
}

/** A node that stock was heard of is not passed on between us and a partner; nothing was changed. */
export interface KindSettled {
  readonly kind: 'kind-settled';
  readonly detail: string;
}

/** Whether a node of ours would become a partner's, or the other way round. */
export function changesHands(current: StockNode | undefined, wanted: StockNode): boolean {
  return current !== undefined && (current.kind === 'partner') !== (wanted.kind === 'partner');
}

/**
 * Puts a node in place, or changes it. Partners are asked for what is promised from them, and told when it is not
 * needed any more: so whether a node is one must not change once stock was heard of there and can have been promised.
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
