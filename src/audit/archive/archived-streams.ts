import { failureText } from '../../contracts/failure-text';
import type { LogName } from '../../contracts/logs';
import { talliesOfInventory } from '../../domain/insights/inventory-tallies';
import { type ToldEvent, tellOn, UNTOLD } from '../../domain/insights/order-tallies';
import type { DayTally } from '../../domain/insights/tally';
import type { Order } from '../../domain/order/order';
import { idOf, type StockKey, type StreamKey } from '../../names/stream-key';
import type { Portion, SpanEvent, StreamStart } from '../../stores/archive/log-archive';
import { CAP_FOLD, queueFold, shelfFold } from '../../stores/inventory/availability/stock-history';
import type { PastEvent, PastFold } from '../../stores/log/past-streams';
import type { ArchivedStory } from '../../stores/orders/order-streams';
import type { StoreSession } from '../../stores/postgres/store-session';
import { creditFolds, ordersFolds } from '../audit';
import type { FrozenAccount } from '../audit-credit';
import { Findings } from '../audit-findings';
import { groupedBy } from '../audit-streams';
import type { AnyStreamFold } from '../fold-streams';
import { inventoryFoldsToWrite } from '../inventory/audit-inventory';

/** The log has a gap, or an event that cannot be folded: nothing of that stream is removed. The message is ready to print. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';
}

/** The states of some streams after their archived events, and what these had added to the counts. */
export interface ArchivedStreams {
  readonly starts: readonly StreamStart[];
  readonly tallies: readonly DayTally[];
}

type FoldsOf = (session: StoreSession, findings: Findings) => readonly AnyStreamFold[];

const FOLDS: Readonly<Record<LogName, FoldsOf>> = {
  orders: ordersFolds,
  inventory: inventoryFoldsToWrite,
  credit: creditFolds,
};

/**
 * Folds archived events as the audit does, and as reads of the past and projections do.
 * @throws ArchiveRefused when a stream cannot be folded
 */
export class StreamArchiver {
  readonly #folds: ReadonlyMap<StreamKey['kind'], AnyStreamFold>;

  constructor(log: LogName, session: StoreSession) {
    this.#folds = new Map(FOLDS[log](session, new Findings()).map((fold) => [fold.kind, fold]));
  }

  async archive({ events, starts }: Portion): Promise<ArchivedStreams> {
    const archived: StreamStart[] = [];
    const tallies: DayTally[] = [];
    for (const [stream, own] of groupedBy(events, (event) => event.stream)) {
      const start = starts.get(stream);
      const state = this.#stateAfter(stream, own, start);
      const { past, counted } = await pastAfter(own, start, state);
      const { key, version, occurredAt } = own.at(-1) as SpanEvent;
      archived.push({ stream, key, version, occurredAt, state, past });
      tallies.push(...counted);
    }
    return { starts: archived, tallies };
  }

  #stateAfter(stream: string, events: readonly SpanEvent[], start: StreamStart | undefined): unknown {
    const [first] = events;
    const fold = first && this.#folds.get(first.key.kind);
    if (!fold) throw new ArchiveRefused(`${stream}: nobody knows streams of this kind`);
    fold.begin(first, start);
    let version = start?.version ?? 0;
    for (const event of events) {
      if (event.version !== version + 1)
        throw new ArchiveRefused(`${stream}: version ${event.version} follows version ${version}`);
      version = event.version;
      try {
        fold.take(event);
      } catch (error) {
        const why = failureText(error);
        throw new ArchiveRefused(`${stream}: event ${version} (${event.type}) cannot be folded: ${why}`);
      }
    }
    return fold.frozen();
  }
}

/** Folds events as reads of the past do, and counts them. */
async function pastAfter(
  events: readonly SpanEvent[],
  start: StreamStart | undefined,
  state: unknown,
): Promise<{ readonly past: unknown; readonly counted: readonly DayTally[] }> {
  const counted = talliesOfInventory(events);
  const key = (events[0] as SpanEvent).key;
  switch (key.kind) {
    case 'order':
      return orderAfter(idOf(key), events, start);
    case 'stock':
      return { past: await take(shelfFold(key.sku, (key as StockKey).nodeId), events, start), counted };
    case 'backorder':
      return { past: await take(queueFold(key.sku), events, start), counted };
    case 'cap':
      return { past: await take(CAP_FOLD, events, start), counted };
    case 'credit':
      return { past: (state as FrozenAccount).balance, counted: [] };
    default:
      return { past: null, counted };
  }
}

function orderAfter(id: string, events: readonly SpanEvent[], start: StreamStart | undefined) {
  const { story, tallies } = tellOn(
    {
      id,
      story: start ? { order: start.state as Order, ...(start.past as ArchivedStory) } : UNTOLD,
      events: events.map((event) => ({ version: event.version, event: event as unknown as ToldEvent })),
    },
    () => true,
  );
  return { past: { approvedAt: story.approvedAt } satisfies ArchivedStory, counted: tallies };
}

function take<State, Event>(
  { start: empty, take: fold }: PastFold<State, Event>,
  events: readonly SpanEvent[],
  start: StreamStart | undefined,
): State | Promise<State> {
  const before = start ? (start.past as State) : empty;
  return fold(before, events as unknown as readonly PastEvent<Event>[]);
}
