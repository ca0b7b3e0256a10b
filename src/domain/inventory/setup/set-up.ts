import type { Decision, StepAnswer } from '../../decision';
import { done, unchanged } from '../../decision';
import { type DeclaredForms, declaredForms, type Forms, type SupplyForm } from './supply-form';

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
  /** The nodes that it is assigned to. It counts at no other. */
  readonly nodes: readonly string[];
  /** The form in which it reports each node: as declared, or as its first row there. Absent: as a whole, if at all. */
  readonly forms: Forms;
}

/** A source as its caller sets it up: `forms` names the nodes whose form is declared. */
export type DeclaredSource = Omit<Source, 'forms'> & { readonly forms?: DeclaredForms };

/** The sources assigned to one node. */
export type AssignedSources = Readonly<
  Record<Source['id'], { readonly authority: number; readonly epoch: SupplyForm['epoch'] }>
>;

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
  /** Eligibility rules may deny the items with a tag. */
  readonly tags: readonly string[];
}

/** Every event of the set-up, `node/{id}`, `source/{id}` and `item/{sku}`. */
export type SetUpEvent =
  /** A node is set up or changed. The event has the whole node. */
  | { readonly type: 'inventory.node-set.v1'; readonly data: StockNode }
  /** A source is set up or changed. The event has the whole source. */
  | { readonly type: 'inventory.source-set.v1'; readonly data: Source }
  /** An item is set up or changed. The event has the whole item. */
  | { readonly type: 'inventory.item-set.v1'; readonly data: Item };

/** Sets a piece of set-up; the same content again changes nothing. Events replace the whole piece. */
export function decideSetUp<Event extends { readonly data: object }>(
  current: Event['data'] | undefined,
  wanted: Event,
): Decision<StepAnswer, Event> {
  if (current !== undefined && sameContent(current, wanted.data)) return unchanged(done);
  return { answer: done, events: [wanted] };
}

/** Sets or changes a source. A node whose form is not declared keeps the one it has, or had before a removal. */
export function decideSetSource(
  current: Source | undefined,
  wanted: DeclaredSource,
  forms: Forms,
): Decision<StepAnswer, SetUpEvent> {
  const data = { ...wanted, forms: declaredForms(forms, wanted.forms ?? {}) };
  return decideSetUp<SetUpEvent>(current, { type: 'inventory.source-set.v1', data });
}

/** The refusal to change the kind of a node whose reported stock depends on it; nothing changes. */
export interface KindSettled {
  readonly kind: 'kind-settled';
  readonly detail: string;
}

/** Returns true when a node would move between us and a partner. */
export function changesHands(current: StockNode | undefined, wanted: StockNode): boolean {
  return current !== undefined && (current.kind === 'partner') !== (wanted.kind === 'partner');
}

/** Returns true when a node would lose its sections. */
export function losesSections(current: StockNode | undefined, wanted: StockNode): boolean {
  return current?.kind === 'store' && wanted.kind !== 'store';
}

/**
 * Sets or changes a node. A saga asks partners for stock promised from them, and tells them when it is no longer
 * needed. So a node with reported stock, which may have been promised, cannot become a partner or stop being one. A
 * store that a source reports by sections stays a store.
 */
export function decideSetNode(
  current: StockNode | undefined,
  wanted: StockNode,
  { isStocked, hasSections }: { readonly isStocked: boolean; readonly hasSections: boolean },
): Decision<StepAnswer | KindSettled, SetUpEvent> {
  if (current && isStocked && changesHands(current, wanted))
    return unchanged(settled(current, 'a source has reported stock there'));
  if (current && hasSections && losesSections(current, wanted))
    return unchanged(
      settled(current, 'a source reports it by sections; declare the node `whole` at that source first'),
    );
  return decideSetUp<SetUpEvent>(current, { type: 'inventory.node-set.v1', data: wanted });
}

function settled({ id, kind }: StockNode, why: string): KindSettled {
  return { kind: 'kind-settled', detail: `${id} must stay a ${kind}: ${why}` };
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
