import { type Decision, done, unchanged } from './decision';

/** Something that refers to a piece of set-up. */
export interface Reference {
  readonly kind: 'source' | 'stock' | 'backorders' | 'cap' | 'eligibility rule' | 'credit';
  /** Its id; for stock `<SKU> at <node>`, for credit its state. */
  readonly id: string;
}

/** The outcome of a removal. `unknown`: it never existed. A second removal is done, too. */
export type Removal =
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'in-use'; readonly references: readonly Reference[] };

interface Removed {
  readonly id: string;
}

/** Every event of a removal of set-up, `node/{id}`, `source/{id}` and `item/{sku}`. */
export type SetUpRemoved =
  /** A node is removed. Its stream continues when the same id is set up again. */
  | { readonly type: 'inventory.node-removed.v1'; readonly data: Removed }
  /** A source is removed. Its stream continues when the same id is set up again. */
  | { readonly type: 'inventory.source-removed.v1'; readonly data: Removed }
  /** An item is removed. Its stream continues when the same SKU is set up again. */
  | { readonly type: 'inventory.item-removed.v1'; readonly data: Removed };

const REMOVED: readonly string[] = [
  'inventory.node-removed.v1',
  'inventory.source-removed.v1',
  'inventory.item-removed.v1',
] satisfies SetUpRemoved['type'][];

export function isRemoval(event: { readonly type: string }): boolean {
  return REMOVED.includes(event.type);
}

/** Removes a piece of set-up that nothing refers to. */
export function decideRemove<Event>(
  removed: Event,
  references: readonly Reference[],
): Decision<Removal, Event> {
  if (references.length > 0) return unchanged({ kind: 'in-use', references });
  return { answer: done, events: [removed] };
}
