import type { Decision, StepAnswer } from '../../src/domain/decision';
import { evolveFacts, type StockFacts } from '../../src/domain/inventory/node-terms';
import {
  decideAdopt,
  decideExpire,
  decideRelease,
  decideReserve,
  evolveReservation,
  type InventoryEvent,
  type Reservation,
  type ReservationGiven,
  type ReserveRequest,
  type StockRoom,
} from '../../src/domain/inventory/reservation';
import type { Item, StockNode } from '../../src/domain/inventory/set-up';
import { claimsCountFrom, emptyStock, evolveStock, type Stock } from '../../src/domain/inventory/stock';
import type { SupplyCount } from '../../src/domain/inventory/supply';
import { decideCount } from '../../src/domain/inventory/supply-feed';
import { anItem } from './inventory-samples';
import { MovementBook } from './movement-book';

/** Where a store would have tables, this has the log; a load reads it as the SQL view does, by the given clock. */
export interface Folded {
  readonly stock: ReadonlyMap<string, Stock>;
  readonly reservations: ReadonlyMap<string, Reservation>;
}

export const stockKey = (sku: string, nodeId: string): string => `${sku}/${nodeId}`;

/** The state of every stream, from nothing but the log. */
export function fold(log: readonly InventoryEvent[], stock: ReadonlyMap<string, Stock> = new Map()): Folded {
  const shelves = new Map(stock);
  const reservations = new Map<string, Reservation>();
  for (const entry of log) {
    if (entry.of === 'stock') {
      const key = stockKey(entry.sku, entry.nodeId);
      shelves.set(key, evolveStock(shelves.get(key) ?? emptyStock(entry.sku, entry.nodeId), entry.event));
    } else {
      const { reservationId: id, event } = entry;
      const next = evolveReservation(reservations.get(id), id, event);
      if (next) reservations.set(id, next);
    }
  }
  return { stock: shelves, reservations };
}

/** An inventory in memory: sets of commands at one moment each, decided one after the other, all into one log. */
export class InventoryLedger {
  readonly log: InventoryEvent[] = [];
  #facts = new Map<string, StockFacts>();
  #grantedAt = new Map<string, string>();
  #reservations = new Map<string, Reservation>();
  now: string;

  constructor(
    readonly nodes: readonly StockNode[],
    readonly skus: readonly string[],
    now: string,
    readonly items: readonly Item[] = skus.map((sku) => anItem(sku)),
  ) {
    this.now = now;
    this.beginSet(now);
  }

  /** Loads the facts as a transaction that starts now does. */
  beginSet(now: string): void {
    this.now = now;
    const { stock, reservations } = fold(this.log);
    for (const sku of this.skus) {
      for (const node of this.nodes) {
        const key = stockKey(sku, node.id);
        this.#facts.set(key, this.#load(node, stock.get(key) ?? emptyStock(sku, node.id), reservations));
      }
    }
  }

  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id);
  }

  /** The running state, as a store would have saved it. */
  state(): Folded {
    const stock = new Map([...this.#facts].map(([key, facts]) => [key, facts.stock]));
    return { stock, reservations: this.#reservations };
  }

  room(): StockRoom & { readonly facts: ReadonlyMap<string, readonly StockFacts[]> } {
    const ofSku = (sku: string) => [...this.#facts.values()].filter(({ stock }) => stock.sku === sku);
    return {
      items: new Map(this.items.map((item) => [item.sku, item])),
      facts: new Map(this.skus.map((sku) => [sku, ofSku(sku)])),
    };
  }

  count(sku: string, nodeId: string, count: SupplyCount): void {
    const facts = this.#facts.get(stockKey(sku, nodeId));
    const { events } = decideCount(facts?.stock ?? emptyStock(sku, nodeId), count, new MovementBook());
    this.append(events.map((event) => ({ of: 'stock', sku, nodeId, event })));
    this.beginSet(this.now);
  }

  reserve(request: ReserveRequest): Decision<StepAnswer<ReservationGiven>, InventoryEvent> {
    const existing = this.reservation(request.reservationId);
    return this.#decided(decideReserve(existing, request, this.room(), this.now));
  }

  /** What an order that names a hold does: adopt it, or reserve afresh where it has run out. */
  adopt(
    holdId: string,
    request: ReserveRequest & { readonly orderId: string },
  ): Decision<StepAnswer<ReservationGiven>, InventoryEvent> {
    const own = this.reservation(request.reservationId);
    const adopted = own ? undefined : decideAdopt(this.reservation(holdId), request, this.now);
    return adopted ? this.#decided(adopted) : this.reserve(request);
  }

  release(reservationId: string, caller = 'shop'): Decision<StepAnswer, InventoryEvent> {
    const release = { reservationId, caller, orderId: null, reason: 'OUT_OF_STOCK' } as const;
    return this.#decided(decideRelease(this.reservation(reservationId), release));
  }

  expire(reservationId: string): Decision<StepAnswer, InventoryEvent> {
    return this.#decided(decideExpire(this.reservation(reservationId), this.now));
  }

  append(events: readonly InventoryEvent[]): void {
    for (const entry of events) {
      this.log.push(entry);
      if (entry.of === 'stock') {
        const facts = this.#facts.get(stockKey(entry.sku, entry.nodeId));
        if (!facts) throw new Error(`no facts of ${entry.sku} at ${entry.nodeId}`);
        this.#facts.set(stockKey(entry.sku, entry.nodeId), evolveFacts(facts, entry.event));
      } else {
        const { reservationId: id, event } = entry;
        const next = evolveReservation(this.#reservations.get(id), id, event);
        if (next) this.#reservations.set(id, next);
        if (!this.#grantedAt.has(id)) this.#grantedAt.set(id, this.now);
      }
    }
  }

  #decided<Answer>(decision: Decision<Answer, InventoryEvent>): Decision<Answer, InventoryEvent> {
    this.append(decision.events);
    return decision;
  }

  #load(node: StockNode, stock: Stock, reservations: ReadonlyMap<string, Reservation>): StockFacts {
    const from = claimsCountFrom(stock);
    const claims = [...reservations.values()].flatMap(({ id, state, expiresAt, allocations }) =>
      allocations
        .filter(({ sku, nodeId }) => sku === stock.sku && nodeId === node.id)
        .map(({ quantity }) => ({ state, expiresAt, quantity, grantedAt: this.#grantedAt.get(id) ?? '' })),
    );
    const held = claims.filter(({ state, expiresAt }) => state === 'HELD' && (expiresAt ?? '') > this.now);
    const committed = claims.filter(({ state }) => state === 'COMMITTED');
    const sum = (some: typeof claims) => some.reduce((total, { quantity }) => total + quantity, 0);
    const since = (some: typeof claims) => sum(some.filter(({ grantedAt }) => grantedAt >= (from ?? '')));
    return {
      node,
      stock,
      heldNow: sum(held),
      sinceCount: from === null ? null : { held: since(held), committed: since(committed) },
      authorities: {},
    };
  }
}
