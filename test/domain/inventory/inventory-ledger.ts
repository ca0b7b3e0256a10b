import type { Decision, StepAnswer } from '../../../src/domain/decision';
import {
  type BackorderEntry,
  type BackorderQueue,
  emptyQueue,
  evolveEntries,
  evolveQueue,
} from '../../../src/domain/inventory/limits/backorder';
import type { EligibilityRule } from '../../../src/domain/inventory/limits/eligibility';
import {
  type CapFacts,
  type CapState,
  evolveCap,
  evolveCapFacts,
  type SalesCap,
} from '../../../src/domain/inventory/limits/sales-cap';
import { type QueueWalk, walkQueue } from '../../../src/domain/inventory/offer/backorder-walk';
import { evolveFacts, type StockFacts } from '../../../src/domain/inventory/offer/node-terms';
import { decideAdopt } from '../../../src/domain/inventory/reservation/adopt';
import { type ConsumeRequest, decideConsume } from '../../../src/domain/inventory/reservation/consume';
import { decideEndExclusions } from '../../../src/domain/inventory/reservation/end-exclusions';
import {
  decideExtend,
  decideUndoExtend,
  type ExtendRequest,
} from '../../../src/domain/inventory/reservation/extend';

import { decideFill, type FillGiven } from '../../../src/domain/inventory/reservation/fill-backorder';

import { decideFillWhole } from '../../../src/domain/inventory/reservation/fill-whole';

import type { PartnerAsk, PartnerReply } from '../../../src/domain/inventory/reservation/partner-request';
import {
  decideAskPartners,
  decideNotePartnerReply,
  type PartnerDecision,
} from '../../../src/domain/inventory/reservation/partner-round';
import {
  decideExpire,
  decideRelease,
  decideReleaseByCaller,
} from '../../../src/domain/inventory/reservation/release';
import { decideReleaseRest, type ReleaseRest } from '../../../src/domain/inventory/reservation/release-rest';
import {
  decideReplaceUnits,
  type ReplaceRequest,
} from '../../../src/domain/inventory/reservation/replace-units';
import {
  evolveReservation,
  type InventoryEvent,
  type InventoryRoom,
  type Reservation,
} from '../../../src/domain/inventory/reservation/reservation';
import type { Release } from '../../../src/domain/inventory/reservation/reservation-units';
import {
  decideReserve,
  type ReserveDecision,
  type ReserveRequest,
} from '../../../src/domain/inventory/reservation/reserve';
import {
  decideResource,
  type NodeRefusal,
  type ResourceDecision,
} from '../../../src/domain/inventory/reservation/resource';
import { decideRestock, type RestockRequest } from '../../../src/domain/inventory/reservation/restock';
import { decideShrink } from '../../../src/domain/inventory/reservation/shrink';
import type { Item, StockNode } from '../../../src/domain/inventory/setup/set-up';
import type { Departure } from '../../../src/domain/inventory/supply/departure';
import {
  claimsCountFrom,
  departureBy,
  emptyStock,
  evolveStock,
  type Stock,
} from '../../../src/domain/inventory/supply/stock';
import type { SupplyCount, SupplyMessage, SupplyMovement } from '../../../src/domain/inventory/supply/supply';
import { decideCount, decideMovement } from '../../../src/domain/inventory/supply/supply-feed';
import { decideDamageEnd } from '../../../src/domain/inventory/supply/unavailable';
import { anItem, assigned } from './inventory-samples';
import { MovementBook } from './supply/movement-book';

/** How long a ledger leaves out a node that refused for want of capacity, at first. */
export const RETRY_SECONDS = 30;

/** The state of every stream. */
export interface Folded {
  readonly stock: Map<string, Stock>;
  readonly reservations: Map<string, Reservation>;
  readonly caps: Map<string, CapState>;
  readonly queues: Map<string, BackorderQueue>;
  /** By SKU, in queue order. */
  readonly entries: Map<string, readonly BackorderEntry[]>;
}

export const stockKey = (sku: string, nodeId: string): string => `${sku}/${nodeId}`;

/** Folds the state from the log alone. */
export function fold(log: readonly InventoryEvent[]): Folded {
  const folded: Folded = {
    stock: new Map(),
    reservations: new Map(),
    caps: new Map(),
    queues: new Map(),
    entries: new Map(),
  };
  for (const entry of log) foldOne(folded, entry);
  return folded;
}

function foldOne({ stock, reservations, caps, queues, entries }: Folded, entry: InventoryEvent): void {
  switch (entry.of) {
    case 'stock': {
      const key = stockKey(entry.sku, entry.nodeId);
      stock.set(key, evolveStock(stock.get(key) ?? emptyStock(entry.sku, entry.nodeId), entry.event));
      break;
    }
    case 'reservation': {
      const { reservationId: id, event } = entry;
      set(reservations, id, evolveReservation(reservations.get(id), id, event));
      break;
    }
    case 'cap':
      set(caps, entry.capId, evolveCap(caps.get(entry.capId), entry.event));
      break;
    case 'backorder':
      queues.set(entry.sku, evolveQueue(queues.get(entry.sku) ?? emptyQueue(entry.sku), entry.event));
      entries.set(entry.sku, evolveEntries(entries.get(entry.sku) ?? [], entry.event));
      break;
  }
}

function set<T>(map: Map<string, T>, id: string, state: T | undefined): void {
  if (state !== undefined) map.set(id, state);
}

const isOver = ({ state }: Reservation) => state === 'RELEASED' || state === 'EXPIRED';

/** A request that may leave some fields to the ledger. */
type Without<Request, Fields extends keyof Request> = Omit<Request, Fields> & Partial<Pick<Request, Fields>>;

/** A request to reserve; without limits of its own it may ship from any number of nodes. */
type Reserving = Without<ReserveRequest, 'shipComplete' | 'maxShipments'>;

const NO_LIMIT = { shipComplete: false, maxShipments: null };

/**
 * An inventory in memory. It decides batches of commands, each batch at one moment and command by command, into one
 * log. A batch begins by loading its facts as the store's SQL does, by the given clock; its events then advance them.
 */
export class InventoryLedger {
  readonly log: InventoryEvent[] = [];
  /** The time of each entry of the log. */
  readonly moments: string[] = [];
  rules: readonly EligibilityRule[] = [];
  readonly #facts = new Map<string, StockFacts>();
  #caps = new Map<string, CapFacts>();
  readonly #queues = new Map<string, BackorderQueue>();
  readonly #entries = new Map<string, readonly BackorderEntry[]>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #books = new Map<string, MovementBook>();

  constructor(
    readonly nodes: readonly StockNode[],
    readonly skus: readonly string[],
    public now: string,
    readonly items: readonly Item[] = skus.map((sku) => anItem(sku)),
  ) {
    this.beginSet(now);
  }

  beginSet(now: string): void {
    this.now = now;
    const { stock, caps } = this.state();
    this.#caps = new Map([...caps].map(([id, cap]) => [id, this.#loadCap(cap)]));
    for (const sku of this.skus) {
      for (const node of this.nodes) {
        const key = stockKey(sku, node.id);
        this.#facts.set(key, this.#loadStock(node, stock.get(key) ?? emptyStock(sku, node.id)));
      }
    }
  }

  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id);
  }

  /** Returns the current state, as a store would have saved it. */
  state(): Folded {
    return {
      stock: new Map([...this.#facts].map(([key, facts]) => [key, facts.stock])),
      reservations: this.#reservations,
      caps: new Map([...this.#caps].map(([id, { usedNow: _, ...cap }]) => [id, cap])),
      queues: this.#queues,
      entries: this.#entries,
    };
  }

  room(): InventoryRoom {
    return {
      items: new Map(this.items.map((item) => [item.sku, item])),
      facts: { get: (sku) => [...this.#facts.values()].filter(({ stock }) => stock.sku === sku) },
      queues: this.#queues,
      entries: this.#entries,
      walks: { at: (sku) => this.walk(sku) },
      caps: [...this.#caps.values()],
      rules: this.rules,
      recent: (sku, nodeId) => ({
        movements: this.#movementsAt(sku, nodeId),
        departures: this.#departures(sku, nodeId),
      }),
    };
  }

  shelves(): readonly StockFacts[] {
    return [...this.#facts.values()];
  }

  /** Returns the entries of an item's queue, the first in line first. */
  turns(sku: string): readonly BackorderEntry[] {
    return this.#entries.get(sku) ?? [];
  }

  walk(sku: string): QueueWalk {
    const shelves = this.shelves().filter(({ stock }) => stock.sku === sku);
    const tags = this.items.find((item) => item.sku === sku)?.tags ?? [];
    return walkQueue({ sku, tags, shelves, rules: this.rules }, this.turns(sku), this.now);
  }

  count(sku: string, nodeId: string, count: SupplyCount): void {
    const facts = this.#facts.get(stockKey(sku, nodeId));
    const stock = facts?.stock ?? emptyStock(sku, nodeId);
    const { events } = decideCount(
      stock,
      count,
      this.#bookOf(sku, nodeId, count),
      this.#departures(sku, nodeId),
    );
    this.append(events.map((event) => ({ of: 'stock', sku, nodeId, event })));
    this.beginSet(this.now);
  }

  move(sku: string, nodeId: string, movement: SupplyMovement): void {
    const { stock } = known(this.#facts, stockKey(sku, nodeId));
    const book = this.#bookOf(sku, nodeId, movement);
    const { events } = decideMovement(stock, movement, book);
    book.record(movement);
    this.append(events.map((event) => ({ of: 'stock', sku, nodeId, event })));
    this.beginSet(this.now);
  }

  #bookOf(sku: string, nodeId: string, { sourceId, section }: SupplyMessage): MovementBook {
    const key = `${sku}/${nodeId}/${sourceId}/${section}`;
    const book = this.#books.get(key) ?? new MovementBook();
    this.#books.set(key, book);
    return book;
  }

  /** Returns all movements, however old: the store reads only those that a refusal may not contain. */
  #movementsAt(sku: string, nodeId: string): readonly SupplyMovement[] {
    const prefix = `${sku}/${nodeId}/`;
    return [...this.#books].flatMap(([key, book]) => (key.startsWith(prefix) ? book.all() : []));
  }

  /** Returns all departures, however old: the store reads only those that a count may still contain. */
  #departures(sku: string, nodeId: string): readonly Departure[] {
    return this.log.flatMap((entry) => {
      const isHere = entry.of === 'stock' && entry.sku === sku && entry.nodeId === nodeId;
      return (isHere && departureBy(entry.event)) || [];
    });
  }

  /** Consumes units. `leftAt` is the time at which the report of their departure was recorded. */
  consume(reservationId: string, request: ConsumeRequest, leftAt = this.now) {
    return this.#decided(decideConsume(this.reservation(reservationId), request, this.room(), leftAt));
  }

  restock(request: Without<RestockRequest, 'returnedAt'>) {
    return this.#decided(decideRestock({ ...request, returnedAt: this.now }, this.room()));
  }

  /** Replaces units. `saidAt` is the time at which the node's report was recorded. */
  replace(
    reservationId: string,
    given: Without<ReplaceRequest, 'together' | 'shipments'>,
    saidAt = this.now,
  ) {
    const request = { together: [], shipments: 0, ...given };
    const moments = { now: this.now, saidAt, retrySeconds: RETRY_SECONDS };
    return this.#decided(decideReplaceUnits(this.reservation(reservationId), request, this.room(), moments));
  }

  releaseRest(reservationId: string, keeps: ReleaseRest['keeps'], caller = 'shop') {
    const request = { reservationId, caller, orderId: `${reservationId}'s order`, keeps };
    return this.#decided(decideReleaseRest(this.reservation(reservationId), request, this.room()));
  }

  extend(reservationId: string, given: Without<ExtendRequest, 'decreases' | 'shipments'>) {
    const request = { decreases: [], shipments: 0, ...given };
    return this.#decided(decideExtend(this.reservation(reservationId), request, this.room(), this.now));
  }

  undoExtend(reservationId: string, commandId: string) {
    return this.#decided(decideUndoExtend(this.reservation(reservationId), { commandId }));
  }

  shrink(reservationId: string, releases: readonly Release[]) {
    return this.#decided(decideShrink(this.reservation(reservationId), releases, this.room()));
  }

  setCap(cap: SalesCap): void {
    this.append([{ of: 'cap', capId: cap.id, event: { type: 'inventory.cap-set.v1', data: cap } }]);
    this.beginSet(this.now);
  }

  removeCap(id: string): void {
    this.append([{ of: 'cap', capId: id, event: { type: 'inventory.cap-removed.v1', data: { id } } }]);
    this.beginSet(this.now);
  }

  reserve(given: Reserving): ReserveDecision {
    const request = { ...NO_LIMIT, ...given };
    const existing = this.reservation(request.reservationId);
    return this.#decided(decideReserve(existing, request, this.room(), this.now));
  }

  /** Reserves for an order that names a hold: converts the hold, or reserves afresh when it has expired. */
  adopt(holdId: string, given: Reserving & { readonly orderId: string }): ReserveDecision {
    const request = { ...NO_LIMIT, ...given };
    const own = this.reservation(request.reservationId);
    const hold = this.reservation(holdId);
    const adopted = own ? undefined : decideAdopt(hold, request, this.room(), this.now);
    return adopted ? this.#decided(adopted) : this.reserve(request);
  }

  resource(reservationId: string, refused: Omit<NodeRefusal, 'retrySeconds'>): ResourceDecision {
    const refusal = { ...refused, retrySeconds: RETRY_SECONDS };
    return this.#decided(decideResource(this.reservation(reservationId), refusal, this.room(), this.now));
  }

  askPartners(reservationId: string): PartnerDecision {
    return this.#decided(decideAskPartners(this.reservation(reservationId), this.room(), this.now));
  }

  noteReply(
    reservationId: string,
    reply: Pick<PartnerAsk, 'nodeId' | 'round'> & { readonly word: PartnerReply },
  ): PartnerDecision {
    return this.#decided(
      decideNotePartnerReply(
        this.reservation(reservationId),
        { ...reply, retrySeconds: RETRY_SECONDS },
        this.room(),
        this.now,
      ),
    );
  }

  fill(reservationId: string, turn: { readonly sku: string; readonly place: number }) {
    const existing = this.reservation(reservationId);
    const decide = existing?.shipComplete ? decideFillWhole : decideFill;
    return this.#decided<StepAnswer<FillGiven>>(decide(existing, turn, this.room(), this.now));
  }

  endExclusions(reservationId: string): Decision<StepAnswer, InventoryEvent> {
    return this.#decided(decideEndExclusions(this.reservation(reservationId), this.now));
  }

  /** Repairs damaged units. */
  repair(sku: string, nodeId: string, quantity: number): void {
    const stock = this.#facts.get(stockKey(sku, nodeId))?.stock ?? emptyStock(sku, nodeId);
    const { events } = decideDamageEnd(stock, { quantity, reason: 'REPAIRED' }, this.now);
    this.append(events.map((event) => ({ of: 'stock', sku, nodeId, event })));
  }

  release(reservationId: string, caller = 'shop'): Decision<StepAnswer, InventoryEvent> {
    const release = { reservationId, caller, orderId: null, reason: 'OUT_OF_STOCK' } as const;
    return this.#decided(decideRelease(this.reservation(reservationId), release));
  }

  releaseByCaller(reservationId: string, caller: string): Decision<StepAnswer, InventoryEvent> {
    return this.#decided(decideReleaseByCaller(this.reservation(reservationId), caller));
  }

  expire(reservationId: string): Decision<StepAnswer, InventoryEvent> {
    return this.#decided(decideExpire(this.reservation(reservationId), this.now));
  }

  append(events: readonly InventoryEvent[]): void {
    for (const entry of events) {
      this.log.push(entry);
      this.moments.push(this.now);
      this.#evolve(entry);
    }
  }

  #evolve(entry: InventoryEvent): void {
    switch (entry.of) {
      case 'stock': {
        const key = stockKey(entry.sku, entry.nodeId);
        this.#facts.set(key, evolveFacts(known(this.#facts, key), entry.event));
        break;
      }
      case 'cap': {
        const cap = this.#caps.get(entry.capId);
        const next = cap ? evolveCapFacts(cap, entry.event) : evolveCap(undefined, entry.event);
        if (next) this.#caps.set(entry.capId, { usedNow: 0, ...next });
        break;
      }
      case 'backorder':
        this.#queues.set(
          entry.sku,
          evolveQueue(this.#queues.get(entry.sku) ?? emptyQueue(entry.sku), entry.event),
        );
        this.#entries.set(entry.sku, evolveEntries(this.turns(entry.sku), entry.event));
        break;
      case 'reservation':
        set(
          this.#reservations,
          entry.reservationId,
          evolveReservation(this.#reservations.get(entry.reservationId), entry.reservationId, entry.event),
        );
    }
  }

  #decided<Answer>(decision: Decision<Answer, InventoryEvent>): Decision<Answer, InventoryEvent> {
    this.append(decision.events);
    return decision;
  }

  #isExpired(expiresAt: string | null): boolean {
    return expiresAt !== null && Date.parse(expiresAt) <= Date.parse(this.now);
  }

  #loadCap(state: CapState): CapFacts {
    const expired = [...this.#reservations.values()]
      .filter((reservation) => !isOver(reservation) && this.#isExpired(reservation.expiresAt))
      .flatMap(({ caps }) => caps)
      .filter(({ capId }) => capId === state.cap.id);
    return { ...state, usedNow: state.used - total(expired) };
  }

  #loadStock(node: StockNode, stock: Stock): StockFacts {
    const from = claimsCountFrom(stock);
    const claims = [...this.#reservations.values()].flatMap(({ state, expiresAt, allocations }) =>
      allocations
        .filter(({ sku, nodeId }) => sku === stock.sku && nodeId === node.id)
        .map((allocation) => ({ ...allocation, state, expiresAt })),
    );
    const held = claims.filter(({ state, expiresAt }) => state === 'HELD' && !this.#isExpired(expiresAt));
    const committed = claims.filter(({ state }) => state === 'COMMITTED');
    const since = (some: typeof claims) => total(some.filter(({ grantedAt }) => grantedAt >= (from ?? '')));
    return {
      node,
      stock,
      heldNow: total(held),
      sinceCount: from === null ? null : { held: since(held), committed: since(committed) },
      sources: assigned(stock.supplies.map(({ sourceId, epoch }) => [sourceId, 0, epoch])),
    };
  }
}

function known<T>(map: ReadonlyMap<string, T>, id: string): T {
  const state = map.get(id);
  if (state === undefined) throw new Error(`${id} was not loaded`);
  return state;
}

export function total(some: readonly { readonly quantity: number }[]): number {
  return some.reduce((sum, { quantity }) => sum + quantity, 0);
}
