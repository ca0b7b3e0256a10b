import { never } from '../../decision';
import { type Departure, lessDeparted, type SectionsTaken } from './departure';
import { type SinceRefusal, zeroed } from './refusal';
import { evolveSupplies, laterOf, type Supplied, type SupplyEvent } from './supply';

/** One item at one node. `held` counts every hold not yet released, expired ones included. */
export interface Stock extends Supplied {
  readonly sku: string;
  readonly nodeId: string;
  readonly unavailable: number;
  readonly held: number;
  readonly committed: number;
  /** When units there last became sellable again, by a repair or a return. Null: never. */
  readonly restoredAt: string | null;
}

interface Claim {
  readonly reservationId: string;
  readonly quantity: number;
}

/** A claim that ends or changes, with its grant, so that a reader of the log needs no list of claims. */
interface GrantedClaim extends Claim {
  readonly grantedAt: string;
}

/** Units of an order that have left with a shipment. */
export interface Consumption extends GrantedClaim {
  readonly shipmentId: string;
  readonly consumedAt: string;
  readonly sections: SectionsTaken;
}

/** Units that were counted but are not there. */
export interface MissingUnits extends GrantedClaim {
  readonly missingAt: string;
  readonly sections: SectionsTaken;
}

/** Damaged units that left for good. No order claimed them, so every earlier count contains them. */
export interface ScrappedUnits {
  readonly quantity: number;
  readonly scrappedAt: string;
  readonly sections: SectionsTaken;
}

/** Damaged units that can be sold again. */
export interface RepairedUnits {
  readonly quantity: number;
  readonly repairedAt: string;
}

/** Shipped units that came back in one condition. No order claims them. */
export interface ReturnedStock {
  /** The command that returned them. */
  readonly returnId: string;
  readonly quantity: number;
  readonly condition: 'SELLABLE' | 'DAMAGED';
  readonly returnedAt: string;
  readonly sections: SectionsTaken;
}

interface HeldClaim extends GrantedClaim {
  readonly expiresAt: string;
}

/** Units committed beyond supply. Appended when a feed changes their number. */
export interface Shortfall {
  readonly shortfall: number;
  readonly committed: number;
}

export interface StockRefusal {
  readonly reservationId: string;
  readonly reason: 'NOT_IN_STOCK';
  readonly quantity: number;
  readonly refusedAt: string;
  /** Absent when nothing was observed later and applied earlier. */
  readonly since?: readonly SinceRefusal[];
}

/** Every event of an item at a node, `stock/{sku}/{nodeId}`. */
export type StockEvent =
  | SupplyEvent
  /** A feed changed the shortfall, the units that are committed or departed beyond those there. 0: it has ended. */
  | { readonly type: 'inventory.shortfall-detected.v1'; readonly data: Shortfall }
  /** The node reports that it has no units: its supply counts as zero from the refusal on. */
  | { readonly type: 'inventory.stock-refused.v1'; readonly data: StockRefusal }
  /** A node rejected units of a shipment as damaged: they are at the node and cannot be sold. */
  | { readonly type: 'inventory.stock-damaged.v1'; readonly data: GrantedClaim }
  /** Damaged units have left for good. */
  | { readonly type: 'inventory.damaged-stock-scrapped.v1'; readonly data: ScrappedUnits }
  /** Damaged units can be sold again. */
  | { readonly type: 'inventory.damaged-stock-repaired.v1'; readonly data: RepairedUnits }
  /** A node rejected units of a shipment because they are missing. */
  | { readonly type: 'inventory.stock-missing.v1'; readonly data: MissingUnits }
  /** Committed units have left with a shipment. */
  | { readonly type: 'inventory.stock-consumed.v1'; readonly data: Consumption }
  /** Shipped units came back. Damaged ones are at the node and cannot be sold. */
  | { readonly type: 'inventory.stock-returned.v1'; readonly data: ReturnedStock }
  /** Units are held for a reservation until it expires. */
  | { readonly type: 'inventory.stock-held.v1'; readonly data: Claim & { readonly expiresAt: string } }
  /** Units are committed to an order. */
  | { readonly type: 'inventory.stock-committed.v1'; readonly data: Claim }
  /** Held units are committed to the order that converted the hold. */
  | { readonly type: 'inventory.held-stock-committed.v1'; readonly data: HeldClaim }
  /** Held units are free again: the hold was released or has expired. */
  | { readonly type: 'inventory.held-stock-released.v1'; readonly data: HeldClaim }
  /** A hold is extended: its units are held `until` a later moment. */
  | {
      readonly type: 'inventory.held-stock-extended.v1';
      readonly data: HeldClaim & { readonly until: string };
    }
  /** Committed units are free again. */
  | { readonly type: 'inventory.committed-stock-released.v1'; readonly data: GrantedClaim };

export function emptyStock(sku: string, nodeId: string): Stock {
  return {
    sku,
    nodeId,
    supplies: [],
    unavailable: 0,
    held: 0,
    committed: 0,
    zeroedAt: null,
    restoredAt: null,
  };
}

export function evolveStock(stock: Stock, event: StockEvent): Stock {
  switch (event.type) {
    case 'inventory.supply-counted.v1':
    case 'inventory.supply-moved.v1':
    case 'inventory.supply-expired.v1':
      return { ...stock, supplies: evolveSupplies(stock.supplies, event) };
    case 'inventory.shortfall-detected.v1':
    case 'inventory.held-stock-extended.v1':
      return stock;
    case 'inventory.stock-refused.v1':
      return withRefusal(stock, event.data);
    case 'inventory.stock-damaged.v1':
      return { ...stock, unavailable: stock.unavailable + event.data.quantity };
    case 'inventory.damaged-stock-scrapped.v1':
      return {
        ...stock,
        unavailable: stock.unavailable - event.data.quantity,
        supplies: lessDeparted(stock, scrapped(event.data)),
      };
    case 'inventory.damaged-stock-repaired.v1':
      return {
        ...stock,
        unavailable: stock.unavailable - event.data.quantity,
        restoredAt: laterOf(stock.restoredAt, event.data.repairedAt),
      };
    case 'inventory.stock-missing.v1':
      return { ...stock, supplies: lessDeparted(stock, missing(event.data)) };
    case 'inventory.stock-consumed.v1':
      return {
        ...stock,
        committed: stock.committed - event.data.quantity,
        supplies: lessDeparted(stock, consumed(event.data)),
      };
    case 'inventory.stock-returned.v1':
      return withReturned(stock, event.data);
    case 'inventory.stock-held.v1':
      return { ...stock, held: stock.held + event.data.quantity };
    case 'inventory.stock-committed.v1':
      return { ...stock, committed: stock.committed + event.data.quantity };
    case 'inventory.held-stock-committed.v1':
      return {
        ...stock,
        held: stock.held - event.data.quantity,
        committed: stock.committed + event.data.quantity,
      };
    case 'inventory.held-stock-released.v1':
      return { ...stock, held: stock.held - event.data.quantity };
    case 'inventory.committed-stock-released.v1':
      return { ...stock, committed: stock.committed - event.data.quantity };
    default:
      return never(event);
  }
}

/** Sets the stock to zero as of a refusal. An earlier refusal than the last one known changes nothing. */
function withRefusal(stock: Stock, { refusedAt, since = [] }: StockRefusal): Stock {
  const zeroedAt = laterOf(stock.zeroedAt, refusedAt);
  if (zeroedAt === stock.zeroedAt) return stock;
  return { ...stock, zeroedAt, supplies: zeroed(stock.supplies, zeroedAt, since) };
}

function withReturned(stock: Stock, data: ReturnedStock): Stock {
  const supplies = lessDeparted(stock, returned(data));
  if (data.condition === 'DAMAGED')
    return { ...stock, supplies, unavailable: stock.unavailable + data.quantity };
  return { ...stock, supplies, restoredAt: laterOf(stock.restoredAt, data.returnedAt) };
}

/** Returns the units that left a stock row or came back to it by an event, if any. */
export function departureBy(event: StockEvent): Departure | undefined {
  switch (event.type) {
    case 'inventory.stock-consumed.v1':
      return consumed(event.data);
    case 'inventory.stock-missing.v1':
      return missing(event.data);
    case 'inventory.damaged-stock-scrapped.v1':
      return scrapped(event.data);
    case 'inventory.stock-returned.v1':
      return returned(event.data);
    default:
      return undefined;
  }
}

function consumed({ quantity, grantedAt, consumedAt: leftAt, sections }: Consumption): Departure {
  return { quantity, grantedAt, leftAt, sections };
}

function missing({ quantity, grantedAt, missingAt: leftAt, sections }: MissingUnits): Departure {
  return { quantity, grantedAt, leftAt, sections };
}

function scrapped({ quantity, scrappedAt: leftAt, sections }: ScrappedUnits): Departure {
  return { quantity, grantedAt: leftAt, leftAt, sections };
}

function returned({ quantity, returnedAt, sections }: ReturnedStock): Departure {
  return { quantity: -quantity, grantedAt: returnedAt, leftAt: returnedAt, sections };
}

/**
 * Returns the moment from which claims must be subtracted from `available` reports: the earliest count, capped at its
 * receipt, because source clocks run ahead (subtracting a claim twice is safe, forgetting one is not). Null when no
 * `available` source has counted.
 */
export function claimsCountFrom(stock: Stock): string | null {
  const moments = stock.supplies
    .filter(({ basis }) => basis === 'available')
    .flatMap(({ observedAt, receivedAt }) =>
      observedAt === null || receivedAt === null ? [] : [observedAt, receivedAt],
    );
  return moments.length === 0 ? null : moments.reduce((a, b) => (Date.parse(a) <= Date.parse(b) ? a : b));
}
