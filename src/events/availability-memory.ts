import { setImmediate as otherWork } from 'node:timers/promises';
import type { Buyer } from '../domain/inventory/limits/eligibility';
import { type Known, KnownItems } from '../domain/inventory/offer/availability';
import { type BriefOffer, briefOffer } from '../domain/inventory/offer/brief-offer';
import type {
  AvailabilityReads,
  KnownNow,
  OffersNow,
} from '../stores/inventory/availability/availability-reads';
import type { AvailabilityRows, SettingRow } from '../stores/inventory/availability/availability-rows';
import { readLog } from '../stores/log/event-feed';
import type { PositionedEvent } from '../stores/log/event-rows';
import type { LogCursor } from '../stores/log/log-cursor';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Wake } from '../stores/postgres/wake';
import { AvailabilityFold, countsRepeatedBy, FRESHNESS_EVENTS, placeOf } from './availability-fold';
import { AVAILABILITY_EVENTS } from './projections/availability-projection';
import { buyerKey, RememberedItem } from './remembered-item';
import { StoreClock } from './store-clock';
import { Hints, type Pause } from './subscriptions/hints';

/** The store that a memory follows: its log, and the notices of saves in this process. */
export type FollowedStore = StoreSession & { readonly saved: Wake };

/** The limits of a memory. */
export interface MemoryLimits {
  /** The most rows that are kept; the items asked for longest ago are forgotten first. */
  readonly mostRows: number;
  /** How long the log is followed after the last question. */
  readonly followedForMs: number;
  /** The age of the last read of the log from which on the memory is not used. */
  readonly staleAfterMs: number;
}

export const MEMORY_LIMITS: MemoryLimits = { mostRows: 100_000, followedForMs: 60_000, staleAfterMs: 1_000 };

/** The pause between two reads of the log, in ms; a save in this process ends it after `least`. */
const PAUSE = { least: 10, most: 40 };
const AFTER_TROUBLE = { least: 500, most: 500 };
const EVENTS_A_PAGE = 1_000;
/** The most looks that a question waits for: the one that runs may have begun too long ago. */
const LOOKS_TO_WAIT = 2;
/** The most items loaded in one statement: parsing more would hold up the other work of the process. */
const ITEMS_A_LOAD = 200;
/** Offers are computed from so many rows before the other work of the process has its turn: about 5 ms. */
const ROWS_A_TURN = 500;

const NO_ROWS: AvailabilityRows = { shelves: [], settings: [], entries: [] };

/** The place up to which the memory has folded the log. */
interface Place {
  readonly cursor: LogCursor;
  /** The moment up to which the memory contains every event, on the clock of this process. */
  readonly completeAt: number;
}

/**
 * Answers availability from memory. It keeps the projection's rows of the items that were asked for, and folds the log
 * of the inventory into them while questions arrive. It reads an item that it does not have from the database, and then
 * keeps it. While it cannot follow the log, it reads every item from the database. It computes an offer once, and again when
 * an event or the clock may have changed it.
 */
export class AvailabilityMemory {
  /** By SKU; the item asked for longest ago first. */
  readonly #items = new Map<string, RememberedItem>();
  /** Items that are loaded, and do not contain yet what was logged since the projection's rows. */
  readonly #loading = new Map<string, RememberedItem>();
  #shared = new AvailabilityFold(NO_ROWS);
  readonly #wanted = new Set<string>();
  #place: Place | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** The questions that wait for the end of the next look. */
  #waiting: (() => void)[] = [];
  #hasTrouble = false;
  readonly #clock: StoreClock;
  readonly #stopping = new AbortController();

  constructor(
    private readonly reads: AvailabilityReads,
    private readonly store: FollowedStore,
    private readonly onTrouble: (error: unknown) => void,
    private readonly limits: MemoryLimits = MEMORY_LIMITS,
  ) {
    this.#clock = new StoreClock(() => reads.now());
  }

  /** Returns the facts about some items, with the moment up to which they contain every event. */
  async known(skus: readonly string[]): Promise<KnownNow> {
    const asOf = await this.#asOfNow(skus);
    if (asOf === undefined || skus.some((sku) => !this.#items.has(sku))) return this.reads.known(skus);
    return { now: this.#now(), asOf, ...this.#remembered(skus) };
  }

  /** Computes what one buyer can be sold of some items, in the order in which they are asked for. */
  async offers(skus: readonly string[], buyer: Buyer): Promise<OffersNow> {
    const asOf = await this.#asOfNow(skus);
    if (asOf === undefined) return this.reads.offers(skus, buyer);
    const found = await this.#offers(skus, buyer);
    const missing = skus.filter((sku) => !found.has(sku));
    const read = missing.length > 0 ? await this.reads.offers(missing, buyer) : { asOf, offers: [] };
    for (const offer of read.offers) found.set(offer.sku, offer);
    return {
      asOf: read.asOf < asOf ? read.asOf : asOf,
      offers: skus.flatMap((sku) => found.get(sku) ?? []),
    };
  }

  /** Begins to follow the log with the items that changed last, as if somebody had asked for them. */
  async warm(): Promise<void> {
    const skus = await this.reads.changedLast(this.limits.mostRows / 2).catch((error: unknown) => {
      this.onTrouble(error);
      return [];
    });
    this.#ask(skus);
  }

  /** Stops following the log; from then on the database is asked. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Notes that a caller asks for some items: those that are missing are loaded. */
  #ask(skus: readonly string[]): void {
    this.#askedAt = performance.now();
    if (!this.#stopping.signal.aborted) this.#running ??= this.#follow();
    for (const sku of skus) {
      // More than fit need not be noted: a caller could ask for made-up items faster than they are looked up.
      if (this.#wanted.size >= this.limits.mostRows) return;
      if (!this.#items.has(sku) && !this.#loading.has(sku)) this.#wanted.add(sku);
    }
  }

  /**
   * Takes a question. A memory that is behind the log answers it after its next look: a busy process would only become
   * busier if all questions went to the database.
   * @returns the age of the memory; undefined when it does not follow the log
   */
  async #asOfNow(skus: readonly string[]): Promise<string | undefined> {
    const askedAt = performance.now();
    this.#ask(skus);
    for (let looks = 0; looks < LOOKS_TO_WAIT && this.#isLate(askedAt); looks++)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#place && this.#isInStep(askedAt) ? this.#clock.at(this.#place.completeAt) : undefined;
  }

  /** Returns true when the memory follows the log and is behind it. */
  #isLate(at: number): boolean {
    const isFollowing = this.#place && !this.#hasTrouble && !this.#stopping.signal.aborted;
    return isFollowing === true && !this.#isInStep(at);
  }

  /** Returns true when the memory contains everything from a second before a moment. */
  #isInStep(at: number): boolean {
    return this.#place !== undefined && at - this.#place.completeAt < this.limits.staleAfterMs;
  }

  #now(): string {
    return this.#clock.at(performance.now());
  }

  /** Returns the offers of the items in memory, by SKU. Other work has its turn in between. */
  async #offers(skus: readonly string[], buyer: Buyer): Promise<Map<string, BriefOffer>> {
    const key = buyerKey(buyer);
    const found = new Map<string, BriefOffer>();
    let at = Date.parse(this.#now());
    let due: string[] = [];
    let rows = 0;
    for (const sku of skus) {
      const item = this.#items.get(sku);
      if (!item) continue;
      const offer = this.#recall(sku).offer(key, at);
      if (offer) found.set(sku, offer);
      else {
        due.push(sku);
        rows += item.size;
      }
      if (rows < ROWS_A_TURN) continue;
      for (const computed of this.#compute(due, buyer, key)) found.set(computed.sku, computed);
      [due, rows] = [[], 0];
      await otherWork();
      at = Date.parse(this.#now());
    }
    for (const computed of this.#compute(due, buyer, key)) found.set(computed.sku, computed);
    return found;
  }

  #compute(skus: readonly string[], buyer: Buyer, key: string): readonly BriefOffer[] {
    if (skus.length === 0) return [];
    const items = new KnownItems(this.#remembered(skus), this.#now());
    return skus.map((sku) => {
      const offer = briefOffer(items, sku, buyer);
      this.#items.get(sku)?.keep(key, offer);
      return offer;
    });
  }

  #remembered(skus: readonly string[]): Known {
    const asked = new Set(skus);
    const rows = skus.map((sku) => this.#recall(sku).fold.rows());
    const shared = this.#shared.rows().settings.filter((row) => isAbout(row, asked));
    return {
      shelves: rows.flatMap(({ shelves }) => shelves),
      settings: [...shared, ...rows.flatMap(({ settings }) => settings)],
      entries: new Map(rows.map(({ entries }, index) => [skus[index] ?? '', entriesInOrder(entries)])),
    };
  }

  /** Returns an item, and makes it the last one to be forgotten. */
  #recall(sku: string): RememberedItem {
    const item = this.#items.get(sku);
    if (!item) throw new Error(`item ${sku} is not in the availability memory`);
    this.#items.delete(sku);
    this.#items.set(sku, item);
    return item;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    const hints = new Hints(this.store.saved, signal);
    while (!signal.aborted && performance.now() - this.#askedAt < this.limits.followedForMs) {
      hints.take();
      const pause = await this.#look().then(
        (usual) => {
          this.#hasTrouble = false;
          return usual;
        },
        (error: unknown) => {
          // Half-loaded items would miss events.
          this.#loading.clear();
          this.#hasTrouble = true;
          this.onTrouble(error);
          return AFTER_TROUBLE;
        },
      );
      this.#resume();
      await hints.wait(pause);
    }
    this.#resume();
    hints.close();
    this.#forgetAll();
    this.#running = undefined;
  }

  /** Folds the log to its end, and loads the items that are wanted. @returns the pause before the next read */
  async #look(): Promise<Pause> {
    await this.#clock.keep();
    // The log first: the projection, from which new items are loaded, may be ahead of the items in memory.
    if (this.#place) this.#place = await this.#foldFrom(this.#place.cursor);
    if (this.#place && this.#wanted.size === 0) return PAUSE;
    const from = await this.#load();
    // Before the projection has a place in the log, there is nothing to follow.
    if (!from) return AFTER_TROUBLE;
    this.#place = await this.#foldFrom(from);
    for (const [sku, item] of this.#loading) this.#items.set(sku, item);
    this.#loading.clear();
    this.#makeRoom();
    return PAUSE;
  }

  /** Folds the log up to its present end, which is the end of a window that is opened here. */
  async #foldFrom(from: LogCursor): Promise<Place> {
    const filter = { types: [...AVAILABILITY_EVENTS, ...FRESHNESS_EVENTS], stream: null, isAwaited: true };
    let cursor = from;
    let openedAt: number | undefined;
    for (;;) {
      if (cursor.window === null) openedAt = performance.now();
      const { events, next, isLast } = await readLog(this.store, cursor, filter, EVENTS_A_PAGE);
      for (const item of new Set(events.flatMap((event) => this.#take(event) ?? []))) item.forgetEnded();
      cursor = next;
      if (isLast && openedAt !== undefined) return { cursor, completeAt: openedAt };
    }
  }

  /**
   * Loads the items that were asked for, and before them the settings that belong to no single item. The rows are as
   * old as the projection, so the log has to be read from there; an event that a row contains changes nothing.
   */
  async #load(): Promise<LogCursor | undefined> {
    const skus = [...this.#wanted].slice(0, ITEMS_A_LOAD);
    const isFirst = this.#place === undefined;
    const snapshot = await this.reads.snapshot(skus, isFirst);
    if (!snapshot) return undefined;
    const { cursor, ...rows } = snapshot;
    if (isFirst)
      this.#shared = new AvailabilityFold({
        ...NO_ROWS,
        settings: rows.settings.filter((row) => !isOfItem(row)),
      });
    for (const [sku, own] of rowsByItem(skus, rows)) {
      this.#wanted.delete(sku);
      this.#loading.set(sku, new RememberedItem(new AvailabilityFold(own), sizeOf(own)));
    }
    return cursor;
  }

  #take(event: PositionedEvent): AvailabilityFold | undefined {
    const repeated = countsRepeatedBy(event);
    if (repeated) {
      for (const count of repeated.counts) {
        const item = this.#ofItem(count.sku);
        item?.fold.takeRepeat(repeated, count);
        item?.forgetOffers();
      }
      return undefined;
    }
    const place = placeOf(event);
    const isOfOne = place.kind === 'shelf' || isOfItem(place);
    if (!isOfOne) return this.#takeShared(place, event);
    const item = this.#ofItem(place.kind === 'shelf' ? place.sku : place.id);
    item?.fold.take(event);
    item?.forgetOffers();
    return item?.fold;
  }

  /** Takes an event about a setting that several items share, and forgets the offers of these items. */
  #takeShared(place: Pick<SettingRow, 'kind' | 'id'>, event: PositionedEvent): AvailabilityFold {
    const before = this.#shared.skusOf(place);
    this.#shared.take(event);
    const after = this.#shared.skusOf(place);
    const changed =
      before === null || after === null
        ? [...this.#items.values(), ...this.#loading.values()]
        : [...before, ...after].map((sku) => this.#ofItem(sku));
    for (const item of changed) item?.forgetOffers();
    return this.#shared;
  }

  #ofItem(sku: string): RememberedItem | undefined {
    return this.#loading.get(sku) ?? this.#items.get(sku);
  }

  #makeRoom(): void {
    let rows = 0;
    for (const { size } of this.#items.values()) rows += size;
    for (const [sku, { size }] of this.#items) {
      if (rows <= this.limits.mostRows) return;
      this.#items.delete(sku);
      rows -= size;
    }
  }

  #resume(): void {
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  #forgetAll(): void {
    this.#items.clear();
    this.#loading.clear();
    this.#wanted.clear();
    this.#place = undefined;
  }
}

function isOfItem({ kind }: Pick<SettingRow, 'kind'>): boolean {
  return kind === 'item' || kind === 'queue';
}

/** Returns true for a rule or cap about one of these items, and for a setting that belongs to no single item. */
function isAbout({ skus }: SettingRow, asked: ReadonlySet<string>): boolean {
  return skus === null || skus.some((sku) => asked.has(sku));
}

function entriesInOrder(entries: AvailabilityRows['entries']) {
  return entries.flatMap(({ entry }) => entry ?? []).sort((a, b) => a.place - b.place);
}

/** Splits rows by the items that they are about. */
function rowsByItem(
  skus: readonly string[],
  { shelves, settings, entries }: AvailabilityRows,
): ReadonlyMap<string, AvailabilityRows> {
  const of = new Map(skus.map((sku) => [sku, { shelves: [], settings: [], entries: [] } as OwnRows]));
  for (const row of shelves) of.get(row.stock.sku)?.shelves.push(row);
  for (const row of settings) if (isOfItem(row)) of.get(row.id)?.settings.push(row);
  for (const row of entries) of.get(row.sku)?.entries.push(row);
  return of;
}

type OwnRows = { readonly [Kind in keyof AvailabilityRows]: AvailabilityRows[Kind][number][] };

/** Returns the size of an item in rows; an item without rows takes up space too, so it counts as one row. */
function sizeOf({ shelves, settings, entries }: AvailabilityRows): number {
  return 1 + shelves.length + settings.length + entries.length;
}
