import { never } from '../../decision';
import type { Item } from '../setup/set-up';

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

export type BackorderEvent =
  | {
      readonly type: 'inventory.backorder-placed.v1';
      readonly data: Placed & { readonly promiseDate: string | null };
    }
  | { readonly type: 'inventory.backorder-filled.v1'; readonly data: Placed }
  | { readonly type: 'inventory.backorder-withdrawn.v1'; readonly data: Placed };

export function emptyQueue(sku: string): BackorderQueue {
  return { sku, open: 0, placed: 0 };
}

export function evolveQueue(queue: BackorderQueue, event: BackorderEvent): BackorderQueue {
  const { quantity, place } = event.data;
  switch (event.type) {
    case 'inventory.backorder-placed.v1':
      return { ...queue, open: queue.open + quantity, placed: place };
    case 'inventory.backorder-filled.v1':
    case 'inventory.backorder-withdrawn.v1':
      return { ...queue, open: queue.open - quantity };
    default:
      return never(event);
  }
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
