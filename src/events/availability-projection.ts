import { type BackorderEvent, evolveEntry } from '../domain/inventory/limits/backorder';
import {
  evolveSetting,
  isSettingEvent,
  SETTING_OF,
  type SettingEvent,
  type SettingKind,
  skusOf,
} from '../domain/inventory/offer/availability-setting';
import { emptyShelf, evolveShelf } from '../domain/inventory/offer/shelf';
import type { StockEvent } from '../domain/inventory/supply/stock';
import { AVAILABILITY } from '../stores/inventory/availability/availability-reads';
import {
  clearAvailability,
  loadAvailability,
  type SettingRow,
  type ShelfRow,
  saveAvailability,
} from '../stores/inventory/availability/availability-rows';
import type { PositionedEvent } from '../stores/log/event-rows';
import type { StepSession } from '../stores/postgres/store-session';
import type { Subscription } from './subscription';

/** The event types that are folded into shelves. A missing type does not compile. */
const STOCK_EVENTS = {
  'inventory.supply-counted.v1': true,
  'inventory.supply-moved.v1': true,
  'inventory.supply-expired.v1': true,
  'inventory.shortfall-detected.v1': true,
  'inventory.stock-refused.v1': true,
  'inventory.stock-damaged.v1': true,
  'inventory.damaged-stock-scrapped.v1': true,
  'inventory.damaged-stock-repaired.v1': true,
  'inventory.stock-missing.v1': true,
  'inventory.stock-consumed.v1': true,
  'inventory.stock-held.v1': true,
  'inventory.stock-committed.v1': true,
  'inventory.held-stock-committed.v1': true,
  'inventory.held-stock-released.v1': true,
  'inventory.committed-stock-released.v1': true,
} as const satisfies Record<StockEvent['type'], true>;

/** The projection that serves availability: shelves and settings, folded from the inventory's log. */
export const availability: Subscription = {
  name: AVAILABILITY,
  revision: 3,
  types: [...Object.keys(STOCK_EVENTS), ...Object.keys(SETTING_OF)],
  handler: { kind: 'projection', apply, clear: clearAvailability },
};

type StockChange = PositionedEvent & StockEvent;
type SettingChange = PositionedEvent & SettingEvent;

async function apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void> {
  const changes = events.filter((event): event is SettingChange => isSettingEvent(event));
  const moves = events.filter((event) => !isSettingEvent(event)) as unknown as readonly StockChange[];
  const rows = await loadAvailability(session, {
    shelves: distinct(moves.map((event) => placeOf(event.stream))),
    settings: distinct(changes.map(settingOf)),
    entries: distinct(changes.flatMap(entryPlaceOf)),
  });
  const shelves = new Map(rows.shelves.map((row) => [`stock/${row.stock.sku}/${row.stock.nodeId}`, row]));
  const settings = new Map(rows.settings.map((row) => [keyOf(row), row]));
  for (const event of moves) shelves.set(event.stream, shelfAfter(shelves.get(event.stream), event));
  const entries = new Map(rows.entries.map((row) => [`${row.place}/${row.sku}`, row]));
  for (const event of changes) {
    const key = keyOf(settingOf(event));
    const row = settings.get(key);
    settings.set(key, settingAfter(row, event));
    if (!isContained(row, event))
      for (const { sku, place } of entryPlaceOf(event)) {
        const entry = evolveEntry(
          entries.get(`${place}/${sku}`)?.entry ?? undefined,
          event as BackorderEvent,
        );
        entries.set(`${place}/${sku}`, { sku, place, entry: entry ?? null });
      }
  }
  saveAvailability(session, {
    shelves: [...shelves.values()],
    settings: [...settings.values()],
    entries: [...entries.values()],
  });
}

/** Folds an event into a shelf. Skips an event that the row contains: a snapshot may be ahead of the events it gets. */
export function shelfAfter(row: ShelfRow | undefined, event: StockChange): ShelfRow {
  const { sku, nodeId } = placeOf(event.stream);
  if (row && row.version >= event.version) return row;
  const shelf = row ?? emptyShelf(sku, nodeId);
  return { ...evolveShelf(shelf, event, event.occurredAt), version: event.version };
}

export function settingAfter(row: SettingRow | undefined, event: SettingChange): SettingRow {
  const { kind, id } = settingOf(event);
  if (row && isContained(row, event)) return row;
  const state = evolveSetting(id, row?.state, event);
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

function placeOf(stream: string): { readonly sku: string; readonly nodeId: string } {
  const [, sku = '', nodeId = ''] = stream.split('/');
  return { sku, nodeId };
}

function settingOf({ type, stream }: Pick<SettingChange, 'type' | 'stream'>): {
  kind: SettingKind;
  id: string;
} {
  return { kind: SETTING_OF[type], id: stream.slice(stream.indexOf('/') + 1) };
}

function keyOf({ kind, id }: { readonly kind: SettingKind; readonly id: string }): string {
  return `${kind}/${id}`;
}

function distinct<T extends object>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
