import { never, type StepAnswer } from '../../domain/decision';
import {
  type BackorderEntry,
  type BackorderEvent,
  type BackorderQueue,
  emptyQueue,
  evolveEntries,
  evolveQueue,
} from '../../domain/inventory/limits/backorder';
import type { EligibilityRule } from '../../domain/inventory/limits/eligibility';
import { type CapEvent, type CapFacts, evolveCapFacts } from '../../domain/inventory/limits/sales-cap';
import { claimsOfQueue, type QueueClaims } from '../../domain/inventory/offer/backorder-walk';
import { evolveFacts, type StockFacts } from '../../domain/inventory/offer/node-terms';
import {
  evolveReservation,
  type InventoryEvent,
  type InventoryRoom,
  type Reservation,
  type ReservationEvent,
} from '../../domain/inventory/reservation/reservation';
import type { Item } from '../../domain/inventory/setup/set-up';
import type { Departure } from '../../domain/inventory/supply/departure';
import { departureBy } from '../../domain/inventory/supply/stock';
import { type Cause, type OpenStream, PendingLog } from '../log/event-log';
import { emptyFacts, type FactsLoaded, toFacts } from './availability/stock-facts';
import type { NodeRefused, RecentRow } from './recent-supply';
import { openStock, type StockStream } from './stock-stream';

type FactsStream = StockStream<StockFacts>;
type ReservationStream = OpenStream<Reservation | undefined, ReservationEvent>;
type CapStream = OpenStream<CapFacts, CapEvent>;
type QueueStream = OpenStream<BackorderQueue, BackorderEvent>;

/** The claim of an idempotency key: its caller, its fingerprint and its reservation. */
export interface ReservationClaim {
  readonly caller: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly reservationId: string;
}

/** One item at one node. */
interface StockPlace {
  readonly sku: string;
  readonly nodeId: string;
}

/** Units of one item that have left one node, or come back to it. */
export type StockDeparture = Departure & StockPlace;

/** The rows of one transaction, loaded in one statement under its locks. */
export interface InventoryLoaded extends FactsLoaded {
  readonly now: string;
  readonly answers: Readonly<Record<string, StepAnswer>>;
  readonly items: readonly Item[];
  readonly rules: readonly EligibilityRule[];
  readonly caps: readonly (CapFacts & { readonly version: number })[];
  readonly queues: readonly (BackorderQueue & { readonly version: number })[];
  readonly reservations: readonly (Reservation & { readonly version: number })[];
  readonly recent: readonly RecentRow[];
  readonly claims: readonly ReservationClaim[];
}

/**
 * The rows that a transaction on the inventory locks and loads. `skus` must cover every reservation that it changes.
 */
export interface InventoryScope {
  readonly step: string;
  readonly commandIds: readonly string[];
  readonly skus: readonly string[];
  readonly reservationIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly claims: readonly { readonly caller: string; readonly key: string }[];
  /**
   * True for a step that frees units and searches in one decision: it loads backorder queues whole, because the entries
   * that can claim what is there now are not enough.
   */
  readonly freesUnits?: boolean | undefined;
  /** Places that units come back to, which may have had none of the item so far. */
  readonly arrivals?: readonly StockPlace[] | undefined;
  /**
   * The refusals for lack of stock that the commands decide. The transaction loads the movements and departures since
   * them.
   */
  readonly refusals?: readonly NodeRefused[] | undefined;
}

/** Entries of backorder queues, by SKU: at least those that can claim a unit. */
export type Entries = ReadonlyMap<string, readonly BackorderEntry[]>;

/** The stock and reservations of one transaction: loaded under locks, evolved by the events of its decisions. */
export class InventorySession {
  readonly log: PendingLog;
  readonly answers: Readonly<Record<string, StepAnswer>>;
  /** The items, facts and limits, as the commands decided so far have left them. */
  readonly room: InventoryRoom;
  readonly #stock: ReadonlyMap<string, readonly FactsStream[]>;
  readonly #caps: ReadonlyMap<string, CapStream>;
  readonly #queues: ReadonlyMap<string, QueueStream>;
  readonly #entries: Map<string, readonly BackorderEntry[]>;
  readonly #walks = new Map<string, QueueClaims>();
  readonly #reservations: Map<string, ReservationStream>;
  readonly #claims: Map<string, ReservationClaim>;
  readonly #known: ReadonlySet<string>;
  readonly newClaims: ReservationClaim[] = [];
  /** The units that leave stock, or come back to it, in this transaction. */
  readonly departures: StockDeparture[] = [];

  constructor(scope: InventoryScope, loaded: InventoryLoaded, entries: Entries) {
    this.log = new PendingLog(loaded.now);
    this.answers = loaded.answers;
    this.#stock = this.#openStock(scope, loaded);
    this.#caps = new Map(loaded.caps.map((row) => [row.cap.id, this.#openCap(row)]));
    this.#queues = new Map(scope.skus.map((sku) => [sku, this.#openQueue(sku, loaded)]));
    this.#entries = new Map(entries);
    this.room = this.#openRoom(loaded);
    this.#reservations = new Map(
      loaded.reservations.map((row) => [row.id, this.#openReservation(row.id, row)]),
    );
    this.#known = new Set(this.#reservations.keys());
    this.#claims = new Map(loaded.claims.map((claim) => [claimKey(claim), claim]));
  }

  get now(): string {
    return this.log.now;
  }

  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id)?.state;
  }

  /** The SKUs of the reservations' lines. */
  get skusReserved(): readonly string[] {
    const reservations = [...this.#reservations.values()].flatMap(({ state }) => state ?? []);
    return reservations.flatMap(({ lines }) => lines.map(({ sku }) => sku));
  }

  /** Finds the reservation of an order: its own, or the hold that it converted. */
  reservationOfOrder(orderId: string): Reservation | undefined {
    for (const { state } of this.#reservations.values()) if (state?.orderId === orderId) return state;
    return undefined;
  }

  /** Claims an idempotency key. Returns false when the key is claimed with another fingerprint. */
  claim(wanted: ReservationClaim): boolean {
    const key = claimKey(wanted);
    const existing = this.#claims.get(key);
    if (existing) return existing.fingerprint === wanted.fingerprint;
    this.#claims.set(key, wanted);
    this.newClaims.push(wanted);
    return true;
  }

  append(events: readonly InventoryEvent[], cause: Cause): void {
    for (const event of events) this.#append(event, cause);
  }

  #append(entry: InventoryEvent, cause: Cause): void {
    switch (entry.of) {
      case 'reservation':
        this.#openedReservation(entry.reservationId).append(entry.event, cause);
        break;
      case 'stock':
        this.#stockAt(entry.sku, entry.nodeId).append(entry.event, cause);
        this.#walks.delete(entry.sku);
        this.#noteDeparture(entry);
        break;
      case 'cap':
        opened(this.#caps, entry.capId).append(entry.event, cause);
        break;
      case 'backorder':
        opened(this.#queues, entry.sku).append(entry.event, cause);
        this.#entries.set(entry.sku, evolveEntries(this.#entries.get(entry.sku) ?? [], entry.event));
        this.#walks.delete(entry.sku);
        break;
      default:
        never(entry);
    }
  }

  #noteDeparture({ sku, nodeId, event }: Extract<InventoryEvent, { of: 'stock' }>): void {
    const departure = departureBy(event);
    if (departure) this.departures.push({ sku, nodeId, ...departure });
  }

  /** Walks along the loaded entries of an item's queue, as the events so far have left them and the stock. */
  #walk(sku: string): QueueClaims {
    const shelves = this.room.facts.get(sku) ?? [];
    const known = this.#walks.get(sku);
    const tags = this.room.items.get(sku)?.tags ?? [];
    const item = { sku, tags, shelves, rules: this.room.rules };
    const walk = known ?? claimsOfQueue(item, this.#entries.get(sku) ?? [], this.now);
    this.#walks.set(sku, walk);
    return walk;
  }

  touchedStock(): readonly FactsStream[] {
    return [...this.#stock.values()].flat().filter((stream) => stream.isTouched);
  }

  /** Returns the changed reservations. `isNew` is true for one that did not exist before this transaction. */
  touchedReservations(): readonly {
    readonly reservation: Reservation;
    readonly version: number;
    readonly isNew: boolean;
  }[] {
    return [...this.#reservations.values()].flatMap(({ state, version, isTouched }) =>
      isTouched && state ? [{ reservation: state, version, isNew: !this.#known.has(state.id) }] : [],
    );
  }

  touchedCaps(): readonly CapStream[] {
    return [...this.#caps.values()].filter(({ isTouched }) => isTouched);
  }

  touchedQueues(): readonly QueueStream[] {
    return [...this.#queues.values()].filter(({ isTouched }) => isTouched);
  }

  #openRoom({ items, rules, recent }: InventoryLoaded): InventoryRoom {
    const caps = [...this.#caps.values()];
    return {
      items: new Map(items.map((item) => [item.sku, item])),
      facts: { get: (sku) => this.#stock.get(sku)?.map(({ state }) => state) },
      queues: { get: (sku) => this.#queues.get(sku)?.state },
      entries: this.#entries,
      walks: { at: (sku) => this.#walk(sku) },
      rules,
      get caps() {
        return caps.map(({ state }) => state);
      },
      recent: (sku, nodeId) => {
        const isHere = (row: { sku: string; nodeId: string }) => row.sku === sku && row.nodeId === nodeId;
        const { movements = [], departures = [] } = recent.find(isHere) ?? {};
        return { movements, departures: [...departures, ...this.departures.filter(isHere)] };
      },
    };
  }

  #openCap({ version, ...state }: CapFacts & { readonly version: number }): CapStream {
    return this.log.open({ kind: 'cap', id: state.cap.id }, { state, version }, evolveCapFacts);
  }

  #openQueue(sku: string, { queues }: InventoryLoaded): QueueStream {
    const { version, ...state } = queues.find((row) => row.sku === sku) ?? { ...emptyQueue(sku), version: 0 };
    return this.log.open({ kind: 'backorder', sku }, { state, version }, evolveQueue);
  }

  #openStock(
    { skus, arrivals = [] }: InventoryScope,
    loaded: FactsLoaded,
  ): ReadonlyMap<string, readonly FactsStream[]> {
    const streams = new Map<string, FactsStream[]>(skus.map((sku) => [sku, []]));
    for (const { facts: state, ...row } of [...toFacts(loaded), ...emptyFacts(loaded, arrivals)]) {
      const { sku, nodeId } = state.stock;
      streams.get(sku)?.push(openStock(this.log, { sku, nodeId, state, ...row }, evolveFacts));
    }
    return streams;
  }

  #openReservation(id: string, row?: Reservation & { readonly version: number }): ReservationStream {
    const { version, ...state } = row ?? { version: 0 };
    const loaded = { state: row ? (state as Reservation) : undefined, version };
    return this.log.open({ kind: 'reservation', id }, loaded, (reservation, event: ReservationEvent) =>
      evolveReservation(reservation, id, event),
    );
  }

  #openedReservation(id: string): ReservationStream {
    const stream = this.#reservations.get(id) ?? this.#openReservation(id);
    this.#reservations.set(id, stream);
    return stream;
  }

  #stockAt(sku: string, nodeId: string): FactsStream {
    const stream = this.#stock.get(sku)?.find(({ state }) => state.node.id === nodeId);
    if (!stream) throw new Error(`stock ${sku} at ${nodeId} was not loaded`);
    return stream;
  }
}

function opened<Stream>(streams: ReadonlyMap<string, Stream>, id: string): Stream {
  const stream = streams.get(id);
  if (!stream) throw new Error(`${id} was not loaded`);
  return stream;
}

function claimKey({ caller, key }: Pick<ReservationClaim, 'caller' | 'key'>): string {
  return JSON.stringify([caller, key]);
}
