import type { Shelf } from '../../../domain/inventory/offer/shelf';
import type { SupplyEntry } from '../../../domain/inventory/supply/supply';

type EncodedSupply = readonly [
  sourceId: SupplyEntry['sourceId'],
  section: SupplyEntry['section'],
  basis: SupplyEntry['basis'],
  count: SupplyEntry['count'],
  sequence: SupplyEntry['sequence'],
  observedAt: SupplyEntry['observedAt'],
  receivedAt: SupplyEntry['receivedAt'],
  moved: SupplyEntry['moved'],
  movedThrough: SupplyEntry['movedThrough'],
  heardAt: SupplyEntry['heardAt'],
  expiryNotedTtl: SupplyEntry['expiryNotedTtl'],
  gone: SupplyEntry['gone'],
  epoch: SupplyEntry['epoch'],
];

/** A stock projection as an array: field names were most of the bytes that a query for a hundred items read. */
export type EncodedShelf = readonly [
  sku: string,
  nodeId: string,
  unavailable: number,
  held: number,
  committed: number,
  zeroedAt: string | null,
  restoredAt: string | null,
  supplies: readonly EncodedSupply[],
  claims: Shelf['claims'],
];

export function encodeShelf({ stock, claims }: Shelf): EncodedShelf {
  const { sku, nodeId, unavailable, held, committed, zeroedAt, restoredAt, supplies, ...nothingElse } = stock;
  nothingElse satisfies Record<string, never>;
  return [
    sku,
    nodeId,
    unavailable,
    held,
    committed,
    zeroedAt,
    restoredAt,
    supplies.map(encodeSupply),
    claims,
  ];
}

function encodeSupply(entry: SupplyEntry): EncodedSupply {
  const { sourceId, section, basis, count, sequence, observedAt, receivedAt, ...rest } = entry;
  const { moved, movedThrough, heardAt, expiryNotedTtl, gone, epoch, ...nothingElse } = rest;
  nothingElse satisfies Record<string, never>;
  return [
    sourceId,
    section,
    basis,
    count,
    sequence,
    observedAt,
    receivedAt,
    moved,
    movedThrough,
    heardAt,
    expiryNotedTtl,
    gone,
    epoch,
  ];
}

export function decodeShelf(encoded: EncodedShelf): Shelf {
  const [sku, nodeId, unavailable, held, committed, zeroedAt, restoredAt, supplies, claims] = encoded;
  const stock = {
    sku,
    nodeId,
    supplies: supplies.map(decodeSupply),
    unavailable,
    held,
    committed,
    zeroedAt,
    restoredAt,
  };
  return { stock, claims };
}

function decodeSupply(encoded: EncodedSupply): SupplyEntry {
  const [sourceId, section, basis, count, sequence, observedAt, receivedAt, moved, movedThrough, ...rest] =
    encoded;
  const [heardAt, expiryNotedTtl, gone, epoch] = rest;
  return {
    sourceId,
    section,
    basis,
    count,
    sequence,
    observedAt,
    receivedAt,
    moved,
    movedThrough,
    heardAt,
    expiryNotedTtl,
    gone,
    epoch,
  };
}
