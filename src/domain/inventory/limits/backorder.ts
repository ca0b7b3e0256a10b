import { never } from '../../decision';
import type { Item } from '../setup/set-up';
import type { DeniableBuyer } from './eligibility';
import type { Exclusion } from './exclusion';

/** Units of one item promised to an order without stock. `place`: the entry's position in the item's queue. */
export interface Backordered {
  readonly sku: string;
  readonly quantity: number;
  readonly place: number;
  readonly promiseDate: string | null;
}

/** An item's backorder queue, as far as a decision about the item needs it. */
export interface BackorderQueue {
  readonly sku: string;
  /** Units promised and neither filled nor withdrawn. */
  readonly open: number;
  /** The position of the newest entry ever placed, which is also the number of entries. */
  readonly placed: number;
}

interface Placed {
  readonly reservationId: string;
  readonly quantity: number;
  readonly place: number;
}

/** The restrictions of an order on the stock that may fill its entry. */
interface Restrictions {
  readonly buyer: DeniableBuyer;
  readonly exclusions: readonly Exclusion[];
}

/**
 * One order's entry in an item's queue, with everything that decides which stock it can use. Entries of one reservation
 * have its id: that is how entries that are filled together are found.
 */
export type BackorderEntry = Placed & Restrictions;

/** Every event of an item's backorder queue, `backorder/{sku}`. */
export type BackorderEvent =
  | {
      /** Units without stock are promised: a new entry in the queue of the item. */
      readonly type: 'inventory.backorder-placed.v1';
      readonly data: BackorderEntry & { readonly promiseDate: string | null };
    }
  | {
      /** The exclusions of an entry have changed. `data` has all that are left. */
      readonly type: 'inventory.backorder-restricted.v1';
      readonly data: Placed & Pick<Restrictions, 'exclusions'>;
    }
  /** The entry at the queue position `place` got its units. */
  | { readonly type: 'inventory.backorder-filled.v1'; readonly data: Placed }
  /** Units of the entry at the queue position `place` are no longer wanted. */
  | { readonly type: 'inventory.backorder-withdrawn.v1'; readonly data: Placed };

export function emptyQueue(sku: string): BackorderQueue {
  return { sku, open: 0, placed: 0 };
}

export function evolveQueue(queue: BackorderQueue, event: BackorderEvent): BackorderQueue {
  const { quantity, place } = event.data;
  switch (event.type) {
    case 'inventory.backorder-placed.v1':
      return { ...queue, open: queue.open + quantity, placed: place };
    case 'inventory.backorder-restricted.v1':
      return queue;
    case 'inventory.backorder-filled.v1':
    case 'inventory.backorder-withdrawn.v1':
      return { ...queue, open: queue.open - quantity };
    default:
      return never(event);
  }
}

/** Applies an event to the entry at its place; undefined: no entry is there. */
export function evolveEntry(
  entry: BackorderEntry | undefined,
  { type, data }: BackorderEvent,
): BackorderEntry | undefined {
  switch (type) {
    case 'inventory.backorder-placed.v1': {
      const { reservationId, place, quantity, buyer, exclusions } = data;
      return { reservationId, place, quantity, buyer, exclusions };
    }
    case 'inventory.backorder-restricted.v1':
      return entry && { ...entry, exclusions: data.exclusions };
    case 'inventory.backorder-filled.v1':
      return undefined;
    case 'inventory.backorder-withdrawn.v1': {
      const left = (entry?.quantity ?? 0) - data.quantity;
      return entry && left > 0 ? { ...entry, quantity: left } : undefined;
    }
    default:
      return never(type);
  }
}

/** Applies an event to a queue's entries, which stay in the order of the queue. */
export function evolveEntries(
  entries: readonly BackorderEntry[],
  event: BackorderEvent,
): readonly BackorderEntry[] {
  const { place } = event.data;
  const at = entries.findIndex((entry) => entry.place === place);
  const next = evolveEntry(entries[at], event);
  if (at === -1) return next ? [...entries, next] : entries;
  return next ? entries.with(at, next) : entries.toSpliced(at, 1);
}

/** Returns how many more units of an item may be promised without stock; Infinity when unlimited. */
export function backorderRoom({ backorder }: Pick<Item, 'backorder'>, { open }: BackorderQueue): number {
  switch (backorder.mode) {
    case 'none':
      return 0;
    case 'limited':
      return Math.max(0, (backorder.limit ?? 0) - open);
    case 'unlimited':
      return Number.POSITIVE_INFINITY;
    default:
      return never(backorder.mode);
  }
}
