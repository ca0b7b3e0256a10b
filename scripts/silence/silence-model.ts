import { type NodeTerms, nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import { source } from '../../src/domain/inventory/offer/sourcing';
import {
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
} from '../../src/domain/inventory/supply/stock';
import { DrillRandom } from '../drill/drill-random';

/**
 * Partners that go silent, with and without expiry of their supply. The model and the seeds were committed before its
 * first run.
 *
 * The world moves in steps of an hour. Every partner stocks every item, with 10 to 40 units at first. Each hour it sells
 * 1 to 3 units of an item elsewhere (in 8 of 100 hours), and restocks an item that has fewer than 3 units to 10 to 40 (in
 * 4 of 100 hours). A partner that speaks sends a count of every item each hour. In one of 480 hours it falls silent: a
 * third of silences are for good, and the partner restocks nothing from then on; the others last 1 to 10 days, and the
 * partner trades as before.
 *
 * Each hour 12 orders come in, for 1 or 2 units of one item and for one of five regions; partners are in the regions by
 * turns. The functions of Holdfast's domain choose the partner: the terms of its supply, and sourcing in one shipment. A
 * partner confirms when it has the units, which then leave at once. Otherwise it refuses: its supply is zero until its
 * next count, and the order asks another partner, at most four.
 *
 * Both runs of a seed have the same demand, silences, sales elsewhere and chances of restocking. They differ in the
 * time-to-live of the feeds alone. A restock depends on the units that are left, so the runs drift apart as their orders do.
 */
export interface SilenceWorld {
  readonly seed: number;
  readonly partners: number;
  readonly items: number;
  readonly days: number;
}

/** The world of the figures in docs/benchmarks.md. */
export const SILENCE_WORLD: Omit<SilenceWorld, 'seed'> = { partners: 30, items: 20, days: 60 };
export const SILENCE_SEEDS: readonly number[] = [1, 2, 3];
/** The time-to-live with expiry; without it, supply stays for ever. */
export const WITH_EXPIRY_SECONDS = 24 * 3_600;
export const WITHOUT_EXPIRY_SECONDS = 100 * 365 * 86_400;

export interface SilenceResult {
  readonly orders: number;
  /** Orders for which no partner offered the units: nothing was promised. */
  readonly notOffered: number;
  /** Requests to partners, and how many of them were refused. */
  readonly requests: number;
  readonly refused: number;
  /** Refused by a partner that was silent. */
  readonly refusedInSilence: number;
  /** Orders that were offered and refused by every partner that they asked. */
  readonly rejected: number;
  /** The demand and the silences, as text: equal in two runs of a world. */
  readonly demand: string;
}

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const HOURS_A_DAY = 24;
const REGIONS = 5;
const ORDERS_AN_HOUR = 12;
const MOST_PARTNERS_ASKED = 4;
const SPOKEN_FOR = { feed: { authority: 1, epoch: 0 } };

interface Place {
  readonly sku: string;
  stock: Stock;
  /** The units that are there. */
  units: number;
}

interface Partner {
  readonly id: string;
  readonly region: string;
  readonly places: readonly Place[];
  /** The hour from which the partner sends counts again. */
  speaksFrom: number;
  restocks: boolean;
}

/** Plays one world with feeds of one time-to-live. */
export function playSilence(world: SilenceWorld, ttlSeconds: number): SilenceResult {
  return new SilencePlay(world, ttlSeconds).run();
}

class SilencePlay {
  readonly #partners: readonly Partner[];
  readonly #demand: DrillRandom;
  readonly #trade: DrillRandom;
  readonly #silence: DrillRandom;
  readonly #said: string[] = [];
  readonly #counts = { orders: 0, notOffered: 0, requests: 0, refused: 0, refusedInSilence: 0, rejected: 0 };

  constructor(
    private readonly world: SilenceWorld,
    private readonly ttlSeconds: number,
  ) {
    const random = new DrillRandom(world.seed);
    this.#demand = random.fork('demand');
    this.#trade = random.fork('trade');
    this.#silence = random.fork('silence');
    const skus = Array.from({ length: world.items }, (_, at) => `item-${at}`);
    this.#partners = Array.from({ length: world.partners }, (_, at) => {
      const id = `partner-${String(at).padStart(3, '0')}`;
      const places = skus.map((sku) => ({ sku, stock: emptyStock(sku, id), units: this.#restocked() }));
      return { id, region: `region-${at % REGIONS}`, places, speaksFrom: 0, restocks: true };
    });
  }

  run(): SilenceResult {
    for (let hour = 0; hour < this.world.days * HOURS_A_DAY; hour++) {
      for (const partner of this.#partners) this.#live(partner, hour);
      for (let order = 0; order < ORDERS_AN_HOUR; order++) this.#order(hour);
    }
    return { ...this.#counts, demand: this.#said.join(' ') };
  }

  #live(partner: Partner, hour: number): void {
    for (const place of partner.places) {
      const sold = this.#trade.between(1, 3);
      if (this.#trade.percent(8)) place.units = Math.max(0, place.units - sold);
      const restocked = this.#restocked();
      if (this.#trade.percent(4) && place.units < 3 && partner.restocks) place.units = restocked;
    }
    const fallsSilent = this.#silence.below(480) === 0;
    const isForGood = this.#silence.below(3) === 0;
    const lasts = this.#silence.between(1, 10) * HOURS_A_DAY;
    if (hour < partner.speaksFrom) return;
    if (fallsSilent && hour > 0) {
      partner.speaksFrom = isForGood ? Number.POSITIVE_INFINITY : hour + lasts;
      partner.restocks = !isForGood;
      this.#said.push(`${partner.id}:${hour}-${partner.speaksFrom}`);
    } else for (const place of partner.places) count(place, hour);
  }

  #order(hour: number): void {
    const item = this.#demand.below(this.world.items);
    const quantity = this.#demand.between(1, 2);
    const region = `region-${this.#demand.below(REGIONS)}`;
    this.#said.push(`${item}x${quantity}@${region}`);
    this.#counts.orders += 1;
    const asked: string[] = [];
    while (asked.length < MOST_PARTNERS_ASKED) {
      const partner = this.#choose({ item, quantity, region, hour, asked });
      if (!partner) break;
      asked.push(partner.id);
      if (this.#ask(partner, item, quantity, hour)) return;
    }
    if (asked.length === 0) this.#counts.notOffered += 1;
    else this.#counts.rejected += 1;
  }

  #choose(wanted: {
    readonly item: number;
    readonly quantity: number;
    readonly region: string;
    readonly hour: number;
    readonly asked: readonly string[];
  }): Partner | undefined {
    const { item, quantity, region, hour, asked } = wanted;
    const sku = `item-${item}`;
    const shelf = { [sku]: this.#partners.map((partner) => this.#terms(partner, item, hour)) };
    const request = { demands: [{ sku, quantity }], region, maxShipments: 1, excludedNodes: asked };
    const sourced = source(request, shelf);
    if (sourced.kind !== 'sourced') return undefined;
    return this.#partners.find(({ id }) => id === sourced.allocations[0]?.nodeId);
  }

  #terms({ id, region, places }: Partner, item: number, hour: number): NodeTerms {
    const { stock } = placeAt(places, item);
    const node = {
      id,
      name: id,
      kind: 'partner',
      region,
      priority: 1,
      enabled: true,
      safetyStock: 0,
      feedTtlSeconds: this.ttlSeconds,
    } as const;
    return nodeTerms({ node, stock, heldNow: 0, sinceCount: null, sources: SPOKEN_FOR }, momentOf(hour, 1));
  }

  /** Asks a partner for units. Confirmed units leave at once. @returns false when it refuses */
  #ask(partner: Partner, item: number, quantity: number, hour: number): boolean {
    const place = placeAt(partner.places, item);
    const claim = { reservationId: `rsv_${this.#counts.orders}`, quantity };
    const at = momentOf(hour, 1);
    this.#counts.requests += 1;
    if (place.units < quantity) {
      this.#counts.refused += 1;
      if (hour < partner.speaksFrom) this.#counts.refusedInSilence += 1;
      const data = { ...claim, reason: 'NOT_IN_STOCK', refusedAt: at } as const;
      apply(place, { type: 'inventory.stock-refused.v1', data });
      return false;
    }
    place.units -= quantity;
    apply(place, { type: 'inventory.stock-committed.v1', data: claim });
    const left = { shipmentId: 'shp', consumedAt: at, grantedAt: at, sections: { feed: null } };
    apply(place, { type: 'inventory.stock-consumed.v1', data: { ...claim, ...left } });
    return true;
  }

  #restocked(): number {
    return this.#trade.between(10, 40);
  }
}

function count(place: Place, hour: number): void {
  const at = momentOf(hour, 0);
  const data = {
    sourceId: 'feed',
    section: null,
    basis: 'on_hand',
    sequence: hour,
    count: place.units,
  } as const;
  apply(place, { type: 'inventory.supply-counted.v1', data: { ...data, observedAt: at, receivedAt: at } });
}

function apply(place: Place, event: StockEvent): void {
  place.stock = evolveStock(place.stock, event);
}

function placeAt(places: readonly Place[], item: number): Place {
  const place = places[item];
  if (!place) throw new RangeError(`there is no item ${item}`);
  return place;
}

/** Returns a moment of an hour: counts are made at its start, orders come in a minute later. */
function momentOf(hour: number, minute: number): string {
  return new Date(START_MS + hour * HOUR_MS + minute * 60_000).toISOString();
}
