import type { CapUsage } from '../../../domain/inventory/limits/cap-usage';
import { skusOf } from '../../../domain/inventory/offer/availability-setting';
import type { Shelf } from '../../../domain/inventory/offer/shelf';
import type { StreamKey } from '../../../names/stream-key';
import type { StoreSession } from '../../postgres/store-session';
import { type AvailabilityRows, clearAvailability, savingOf } from './availability-rows';
import type { PastQueue } from './stock-history';

const STREAMS_A_PAGE = 200;

interface Start {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly past: unknown;
}

/**
 * Sets the projection back to the start of the log: empty, or as the archived events left it. Settings that have no
 * archived event come again from their own events.
 */
export async function restartAvailability(session: StoreSession): Promise<void> {
  await clearAvailability(session);
  for (let after = ''; ; ) {
    const page = await session.$queryRaw<Start[]>`
      SELECT stream, key, version, past FROM stream_start
      WHERE stream > ${after} AND key->>'kind' IN ('stock', 'cap', 'backorder')
      ORDER BY stream LIMIT ${STREAMS_A_PAGE}::int`;
    for (const statement of savingOf(rowsOf(page))) await session.$executeRaw(statement);
    const last = page.at(-1);
    if (!last || page.length < STREAMS_A_PAGE) return;
    after = last.stream;
  }
}

function rowsOf(starts: readonly Start[]): AvailabilityRows {
  const shelves: AvailabilityRows['shelves'][number][] = [];
  const settings: AvailabilityRows['settings'][number][] = [];
  const entries: AvailabilityRows['entries'][number][] = [];
  for (const { key, version, past } of starts) {
    if (key.kind === 'stock') shelves.push({ ...(past as Shelf), version });
    if (key.kind === 'cap') {
      const state = past as CapUsage | null;
      settings.push({ kind: 'cap', id: key.id, state, version, skus: skusOf('cap', state) });
    }
    if (key.kind === 'backorder') {
      const { queue, entries: waiting } = past as PastQueue;
      settings.push({ kind: 'queue', id: key.sku, state: queue, version, skus: null });
      for (const entry of Object.values(waiting)) entries.push({ sku: key.sku, place: entry.place, entry });
    }
  }
  return { shelves, settings, entries };
}
