import { type BackorderEvent, evolveEntry } from '../domain/inventory/limits/backorder';
import {
  evolveSetting,
  isSettingEvent,
  SETTING_OF,
  type SettingEvent,
  type SettingKind,
  skusOf,
} from '../domain/inventory/offer/availability-setting';
import { emptyShelf, evolveShelf, freshShelf } from '../domain/inventory/offer/shelf';
import {
  type CountsRepeated,
  type FreshnessEvent,
  lastRepeat,
  type RepeatedCount,
} from '../domain/inventory/supply/freshness';
import type { StockEvent } from '../domain/inventory/supply/stock';
import { compositeName } from '../names/composite-name';
import { idOf, type PlaceKey, type StockKey, type StreamKey } from '../names/stream-key';
import type {
  AvailabilityRows,
  EntryRow,
  SettingRow,
  ShelfRow,
  WantedRows,
} from '../stores/inventory/availability/availability-rows';
import type { PositionedEvent } from '../stores/log/event-rows';

type StockChange = PositionedEvent & StockEvent;
type SettingChange = PositionedEvent & SettingEvent;

/** The place of an event in the projection: the stock projection or the setting that it changes. */
export type EventPlace =
  | { readonly kind: 'shelf'; readonly sku: string; readonly nodeId: string }
  | { readonly kind: SettingKind; readonly id: string };

/** Rows of the availability projection, folded event by event. An event that a row contains changes nothing. */
export class AvailabilityFold {
  readonly #shelves = new Map<string, ShelfRow>();
  readonly #settings = new Map<string, SettingRow>();
  readonly #entries = new Map<string, EntryRow>();

  constructor({ shelves, settings, entries }: AvailabilityRows) {
    for (const row of shelves) this.#shelves.set(shelfKey(row.stock), row);
    for (const row of settings) this.#settings.set(keyOf(row), row);
    for (const row of entries) this.#entries.set(compositeName(row.sku, row.place), row);
  }

  take(event: PositionedEvent): void {
    if (isSettingEvent(event)) this.#takeSetting(event as SettingChange);
    else this.#takeStock(event as unknown as StockChange);
  }

  /** Adds a repeated count to its stock projection, if that is loaded. */
  takeRepeat(event: CountsRepeated, count: RepeatedCount): void {
    const key = shelfKey({ sku: count.sku, nodeId: event.nodeId });
    const row = this.#shelves.get(key);
    if (row) this.#shelves.set(key, freshShelf(row, [lastRepeat(event, count)]));
  }

  /** Returns the items that a known setting is about: null for all of them. */
  skusOf({ kind, id }: { readonly kind: SettingKind; readonly id: string }): readonly string[] | null {
    const row = this.#settings.get(keyOf({ kind, id }));
    return row ? row.skus : [];
  }

  rows(): AvailabilityRows {
    return {
      shelves: [...this.#shelves.values()],
      settings: [...this.#settings.values()],
      entries: [...this.#entries.values()],
    };
  }

  /** Forgets the entries that have left their queues. The projection needs them to delete their rows. */
  forgetEnded(): void {
    for (const [key, { entry }] of this.#entries) if (entry === null) this.#entries.delete(key);
  }

  #takeStock(event: StockChange): void {
    const name = shelfKey(shelfOf(event));
    this.#shelves.set(name, shelfAfter(this.#shelves.get(name), event));
  }

  #takeSetting(event: SettingChange): void {
    const name = keyOf(settingOf(event));
    const row = this.#settings.get(name);
    if (isContained(row, event)) return;
    this.#settings.set(name, settingAfter(row, event));
    for (const { sku, place } of entryPlaceOf(event)) {
      const key = compositeName(sku, place);
      const known = this.#entries.get(key)?.entry ?? undefined;
      const entry = evolveEntry(known, event as BackorderEvent) ?? null;
      this.#entries.set(key, { sku, place, entry });
    }
  }
}

const COUNTS_REPEATED: FreshnessEvent['type'] = 'inventory.counts-repeated.v1';

/** The events of repeated counts. The stored projection does not contain them; they are read with it. */
export const FRESHNESS_EVENTS: readonly string[] = [COUNTS_REPEATED];

/** Returns the data of an event of repeated counts; undefined for every other event. */
export function countsRepeatedBy({ type, data }: PositionedEvent): CountsRepeated | undefined {
  return type === COUNTS_REPEATED ? (data as unknown as CountsRepeated) : undefined;
}

/** Returns the keys of the rows that some events change. */
export function wantedBy(events: readonly PositionedEvent[]): WantedRows {
  const changes = events.filter((event): event is SettingChange => isSettingEvent(event));
  const moves = events.filter((event) => !isSettingEvent(event));
  return {
    shelves: distinct(moves.map(shelfOf)),
    settings: distinct(changes.map(settingOf)),
    entries: distinct(changes.flatMap(entryPlaceOf)),
  };
}

/** Returns the place in the projection that an event changes. */
export function placeOf(event: PositionedEvent): EventPlace {
  if (isSettingEvent(event)) return settingOf(event as SettingChange);
  return { kind: 'shelf', ...shelfOf(event) };
}

/**
 * Folds an event into a stock projection. Skips an event that the row contains: a snapshot may be ahead of the events
 * it gets.
 */
export function shelfAfter(row: ShelfRow | undefined, event: StockChange): ShelfRow {
  const { sku, nodeId } = shelfOf(event);
  if (row && row.version >= event.version) return row;
  const shelf = row ?? emptyShelf(sku, nodeId);
  return { ...evolveShelf(shelf, event, event.occurredAt), version: event.version };
}

export function settingAfter(row: SettingRow | undefined, event: SettingChange): SettingRow {
  const { kind, id } = settingOf(event);
  if (row && isContained(row, event)) return row;
  const state = evolveSetting(id, row?.state, event, event.occurredAt);
  return { kind, id, state, skus: skusOf(kind, state), version: event.version } as SettingRow;
}

function isContained(row: SettingRow | undefined, { version }: SettingChange): boolean {
  return row !== undefined && row.version >= version;
}

/** Returns the place of the backorder entry that an event is about; none for an event about something else. */
function entryPlaceOf(event: SettingChange): readonly { readonly sku: string; readonly place: number }[] {
  const { kind, id: sku } = settingOf(event);
  return kind === 'queue' ? [{ sku, place: (event as BackorderEvent).data.place }] : [];
}

function shelfOf({ key }: Pick<PositionedEvent, 'key'>): { readonly sku: string; readonly nodeId: string } {
  const { sku, nodeId } = key as StockKey;
  return { sku, nodeId };
}

function settingOf({ type, key }: Pick<SettingChange, 'type' | 'key'>): { kind: SettingKind; id: string } {
  return { kind: SETTING_OF[type], id: idOf(key as Exclude<StreamKey, PlaceKey>) };
}

function shelfKey({ sku, nodeId }: { readonly sku: string; readonly nodeId: string }): string {
  return compositeName(sku, nodeId);
}

function keyOf({ kind, id }: { readonly kind: SettingKind; readonly id: string }): string {
  return compositeName(kind, id);
}

function distinct<T extends object>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
