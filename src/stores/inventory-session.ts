import type { StepAnswer } from '../domain/decision';
import { evolveFacts, type StockFacts } from '../domain/inventory/node-terms';
import {
  evolveReservation,
  type InventoryEvent,
  type Reservation,
  type ReservationEvent,
  type StockRoom,
} from '../domain/inventory/reservation';
import type { Item } from '../domain/inventory/set-up';
import type { StockEvent } from '../domain/inventory/stock';
import { type Cause, type OpenStream, PendingLog } from './event-log';
import { storedAnswers } from './step-answers';
import { type FactsLoaded, factsColumns, toFacts } from './stock-facts';
import type { StoreSession } from './store-session';

type StockStream = OpenStream<StockFacts, StockEvent>;
type ReservationStream = OpenStream<Reservation | undefined, ReservationEvent>;

/** Whose idempotency key stands for which body, and for which reservation. */
export interface ReservationClaim {
  readonly caller: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly reservationId: string;
}

interface Loaded extends FactsLoaded {
  readonly now: string;
  readonly answers: Readonly<Record<string, StepAnswer>>;
  readonly items: readonly Item[];
  readonly reservations: readonly (Reservation & { readonly version: number })[];
  readonly claims: readonly ReservationClaim[];
}

/** What a transaction on the inventory is about. Every reservation touched must lie within `skus`. */
export interface InventoryScope {
  readonly step: string;
  readonly commandIds: readonly string[];
  readonly skus: readonly string[];
  readonly reservationIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly claims: readonly { readonly caller: string; readonly key: string }[];
}

/** The shelves and reservations of one transaction: loaded under locks, evolved by the events of its decisions. */
export class InventorySession {
  readonly log: PendingLog;
  readonly answers: Readonly<Record<string, StepAnswer>>;
  /** Items and facts, always as the commands decided so far have left them. */
  readonly room: StockRoom;
  readonly #stock: ReadonlyMap<string, readonly StockStream[]>;
  readonly #items: ReadonlyMap<string, Item>;
  readonly #reservations: Map<string, ReservationStream>;
  readonly #claims: Map<string, ReservationClaim>;
  readonly newClaims: ReservationClaim[] = [];

  constructor(scope: InventoryScope, loaded: Loaded) {
    this.log = new PendingLog(loaded.now);
    this.answers = loaded.answers;
    this.#items = new Map(loaded.items.map((item) => [item.sku, item]));
    this.#stock = this.#openStock(scope.skus, loaded);
    this.room = {
      items: this.#items,
      facts: { get: (sku) => this.#stock.get(sku)?.map(({ state }) => state) },
    };
    this.#reservations = new Map(
      loaded.reservations.map((row) => [row.id, this.#openReservation(row.id, row)]),
    );
    this.#claims = new Map(loaded.claims.map((claim) => [claimKey(claim), claim]));
  }

  get now(): string {
    return this.log.now;
  }

  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id)?.state;
  }

  /** The reservation an order has: its own, or the one that it adopted. */
  reservationOfOrder(orderId: string): Reservation | undefined {
    for (const { state } of this.#reservations.values()) if (state?.orderId === orderId) return state;
    return undefined;
  }

  /** Claims an idempotency key; false where it was claimed for another body. */
  claim(wanted: ReservationClaim): boolean {
    const key = claimKey(wanted);
    const existing = this.#claims.get(key);
    if (existing) return existing.fingerprint === wanted.fingerprint;
    this.#claims.set(key, wanted);
    this.newClaims.push(wanted);
    return true;
  }

  append(events: readonly InventoryEvent[], cause: Cause): void {
    for (const event of events) {
      if (event.of === 'reservation') this.#openedReservation(event.reservationId).append(event.event, cause);
      else this.#stockAt(event.sku, event.nodeId).append(event.event, cause);
    }
  }

  touchedStock(): readonly StockStream[] {
    return [...this.#stock.values()].flat().filter((stream) => stream.isTouched);
  }

  touchedReservations(): readonly { readonly reservation: Reservation; readonly version: number }[] {
    return [...this.#reservations.values()].flatMap(({ state, version, isTouched }) =>
      isTouched && state ? [{ reservation: state, version }] : [],
    );
  }

  #openStock(skus: readonly string[], loaded: Loaded): ReadonlyMap<string, readonly StockStream[]> {
    const streams = new Map<string, StockStream[]>(skus.map((sku) => [sku, []]));
    for (const { facts, version } of toFacts(loaded)) {
      const { sku, nodeId } = facts.stock;
      streams.get(sku)?.push(this.log.open(`stock/${sku}/${nodeId}`, { state: facts, version }, evolveFacts));
    }
    return streams;
  }

  #openReservation(id: string, row?: Reservation & { readonly version: number }): ReservationStream {
    const { version, ...state } = row ?? { version: 0 };
    const loaded = { state: row ? (state as Reservation) : undefined, version };
    return this.log.open(`reservation/${id}`, loaded, (reservation, event: ReservationEvent) =>
      evolveReservation(reservation, id, event),
    );
  }

  #openedReservation(id: string): ReservationStream {
    const stream = this.#reservations.get(id) ?? this.#openReservation(id);
    this.#reservations.set(id, stream);
    return stream;
  }

  #stockAt(sku: string, nodeId: string): StockStream {
    const stream = this.#stock.get(sku)?.find(({ state }) => state.node.id === nodeId);
    if (!stream) throw new Error(`stock ${sku} at ${nodeId} was not loaded`);
    return stream;
  }
}

function claimKey({ caller, key }: Pick<ReservationClaim, 'caller' | 'key'>): string {
  return JSON.stringify([caller, key]);
}

/** Locks every stock row of the scope's SKUs in key order; a reservation changes only under those locks. */
export async function lockStock(session: StoreSession, skus: readonly string[]): Promise<void> {
  await session.$queryRaw`
    SELECT 1 FROM stock WHERE sku = ANY(${[...skus]}) ORDER BY sku, node_id FOR UPDATE`;
}

/**
 * Loads, in a statement of its own (one that waited for locks would still see what was there before it waited). Its
 * moment is that of the facts: a hold whose stock they count as free must be over for whoever would adopt it, too.
 */
export async function loadInventory(session: StoreSession, scope: InventoryScope): Promise<InventorySession> {
  const callers = scope.claims.map(({ caller }) => caller);
  const keys = scope.claims.map(({ key }) => key);
  const [loaded] = await session.$queryRaw<Loaded[]>`
    SELECT iso(statement_timestamp()) AS now, ${storedAnswers(scope.step, scope.commandIds)} AS answers,
      ${factsColumns(scope.skus)},
      (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'name', name, 'backorder', backorder,
         'perOrderMax', per_order_max)), '[]') FROM item WHERE sku = ANY(${[...scope.skus]})) AS items,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'caller', caller, 'orderId', order_id, 'state', state, 'lines', lines,
         'allocations', allocations, 'expiresAt', iso(expires_at), 'reason', reason,
         'version', stream_version)), '[]')
       FROM reservation WHERE id = ANY(${[...scope.reservationIds]}) OR order_id = ANY(${[...scope.orderIds]})) AS reservations,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('caller', caller, 'key', key, 'fingerprint', fingerprint,
         'reservationId', reservation_id)), '[]')
       FROM claim WHERE (caller, key) IN (SELECT * FROM unnest(${callers}::text[], ${keys}::text[]))) AS claims`;
  if (!loaded) throw new Error('a load gave no row');
  return new InventorySession(scope, loaded);
}
