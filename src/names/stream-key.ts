import { compositeName } from './composite-name';

/** The thing that a stream is about: its kind, and the ids that name it. Every event carries it. */
export type StreamKey =
  | {
      readonly kind: 'order' | 'trip' | 'node' | 'source' | 'rule' | 'cap' | 'reservation';
      readonly id: string;
    }
  | { readonly kind: 'credit'; readonly customerId: string }
  | { readonly kind: 'item' | 'backorder'; readonly sku: string }
  | PlaceKey;

/** The keys of two ids. */
export type PlaceKey = StockKey | FreshnessKey;

/** An item at a node. */
export interface StockKey {
  readonly kind: 'stock';
  readonly sku: string;
  readonly nodeId: string;
}

/** The counts of a source at a node that repeat the previous counts. */
export interface FreshnessKey {
  readonly kind: 'freshness';
  readonly sourceId: string;
  readonly nodeId: string;
}

/** Returns the name of a stream: its kind and the ids that name its thing, percent-encoded. */
export function streamOf(key: StreamKey): string {
  switch (key.kind) {
    case 'stock':
      return compositeName(key.kind, key.sku, key.nodeId);
    case 'freshness':
      return compositeName(key.kind, key.sourceId, key.nodeId);
    default:
      return compositeName(key.kind, idOf(key));
  }
}

/** Returns the id of a thing that has only one. */
export function idOf(key: Exclude<StreamKey, PlaceKey>): string {
  switch (key.kind) {
    case 'credit':
      return key.customerId;
    case 'item':
    case 'backorder':
      return key.sku;
    default:
      return key.id;
  }
}
