import { z } from 'zod';
import { type StockSnapshotView, snapshotQuery, stockSnapshot } from '../../contracts/api/events';
import { type StreamKey, streamOf } from '../../names/stream-key';
import type { AvailabilityReads } from '../../stores/inventory/availability/availability-reads';
import type { SettingRow, ShelfRow } from '../../stores/inventory/availability/availability-rows';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation } from '../framework/operation';
import { cursorOf, valuesAt } from '../framework/page-cursor';
import { invalid } from '../framework/problem';
import { cursorText, isCursorText, START } from './log-cursors';

/** The place in the snapshot: its part, the key of the last row read, and the cursor from which the events go on. */
const place = z.tuple([
  z.enum(['shelves', 'settings']),
  z.string(),
  z.string(),
  z.string().refine(isCursorText),
]);
type Place = z.output<typeof place>;

const DESCRIPTION = `The snapshot is the fold of the inventory log: a follower need not read the log from its start. Read all
pages, then the event feed after \`events\`. A row may be ahead of that cursor: skip the events of a stream up to the
\`version\` of its row.`;

/** Declares the route of the stock snapshot: stock and all settings that limit its sale, page by page. */
export function snapshotRoutes(reads: AvailabilityReads, heavyReads: HeavyReads): Operation[] {
  const readStock = operation({
    method: 'get',
    path: '/v1/snapshots/stock',
    operationId: 'getStockSnapshot',
    tag: 'Events',
    summary: 'Read a snapshot of all stock, from which to follow events',
    description: DESCRIPTION,
    scope: 'events:read',
    query: snapshotQuery,
    answers: { 200: { description: 'a page of folded streams', schema: stockSnapshot } },
    async handle({ caller, query: { cursor, limit } }) {
      const from = cursor === undefined ? await firstPlace(reads) : placeAt(cursor);
      return { status: 200, json: await heavyReads.run(caller, () => pageFrom(reads, from, limit)) };
    },
  });
  return [readStock];
}

/** Returns the first place. The cursor is read before the first row, so that no row is behind it. */
async function firstPlace(reads: AvailabilityReads): Promise<Place> {
  const inventory = await reads.cursor();
  return ['shelves', '', '', cursorText(inventory ? { ...START, inventory } : START)];
}

async function pageFrom(
  reads: AvailabilityReads,
  [part, first, second, events]: Place,
  limit: number,
): Promise<StockSnapshotView> {
  if (part === 'settings') {
    const rows = await reads.settingsAfter([first, second], limit);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    const items = rows.map(settingItem);
    return last
      ? { items, events, nextCursor: cursorOf(['settings', last.kind, last.id, events]) }
      : { items, events };
  }
  const rows = await reads.shelvesAfter([first, second], limit);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const next: Place = last
    ? ['shelves', last.stock.sku, last.stock.nodeId, events]
    : ['settings', '', '', events];
  return { items: rows.map(shelfItem), events, nextCursor: cursorOf(next) };
}

/** Converts the stock of an item at a node. */
export function shelfItem({ stock, claims, version }: ShelfRow): StockSnapshotView['items'][number] {
  const { sku, nodeId } = stock;
  return itemOf({ kind: 'stock', sku, nodeId }, version, { stock, claims });
}

/** Converts a setting. The state of kind `queue` belongs to the stream of the item's backorders. */
function settingItem({ kind, id, version, state }: SettingRow): StockSnapshotView['items'][number] {
  return itemOf(settingKey(kind, id), version, state);
}

function settingKey(kind: SettingRow['kind'], id: string): StreamKey {
  if (kind === 'queue') return { kind: 'backorder', sku: id };
  return kind === 'item' ? { kind, sku: id } : { kind, id };
}

function itemOf(key: StreamKey, version: number, state: unknown): StockSnapshotView['items'][number] {
  return { stream: streamOf(key), key, version, state };
}

function placeAt(cursor: string): Place {
  const values = valuesAt(cursor, place);
  if (values === undefined) throw invalid('cursor', 'is not a cursor of this snapshot');
  return values;
}
