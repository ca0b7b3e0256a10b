import { type Decision, unchanged } from '../../decision';
import { type Departure, goneFrom } from './departure';
import type { Stock, StockEvent } from './stock';
import {
  entryAt,
  heardAtOf,
  laterOf,
  type MovementSum,
  type SupplyCount,
  type SupplyEntry,
  type SupplyMessage,
  type SupplyMovement,
} from './supply';

export type FeedRejection =
  | 'UNKNOWN_SKU'
  | 'UNKNOWN_NODE'
  | 'NODE_NOT_OF_SOURCE'
  | 'OBSERVED_IN_FUTURE'
  | 'INVALID';

/** `shortfall`: committed beyond what is there now. `detail` of a message: what is wrong with its sequence. */
export type FeedAnswer =
  | { readonly kind: 'applied'; readonly shortfall?: number; readonly detail?: string }
  | { readonly kind: 'duplicate'; readonly detail?: string }
  | { readonly kind: 'stale' }
  | { readonly kind: 'rejected'; readonly reason: FeedRejection; readonly detail?: string };

/** A movement as it was heard: how many, and when. */
export type HeardMovement = Pick<SupplyMovement, 'movement' | 'observedAt' | 'receivedAt'>;

/** The movements that one place has heard of, whether they count or came too late. */
export interface KnownMovements {
  /** The one that was heard under this sequence. */
  at(sequence: number): HeardMovement | undefined;
  /** The sum of those above a sequence (null: of all), with one of them put in the place of what it replaces. */
  above(sequence: number | null, instead?: SupplyMovement): MovementSum;
}

/** Clocks of sources run a little ahead of ours; further than this, a moment is a mistake. */
const CLOCK_TOLERANCE_MS = 60_000;

const REUSED = 'the sequence was used before for something else: the lower quantity counts';

/**
 * Applies an absolute count. Counts are ordered by the source's own sequence: a lower one than the newest is stale,
 * whenever it arrives. It contains every movement up to its own sequence and none above, and what has left since it
 * was observed: `departures` has all of that.
 */
export function decideCount(
  stock: Stock,
  count: SupplyCount,
  movements: KnownMovements,
  departures: readonly Departure[] = [],
): Decision<FeedAnswer, StockEvent> {
  if (isAhead(count)) return unchanged({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  const entry = entryAt(stock.supplies, count);
  const newest = newestCount(entry);
  if (newest && newest.sequence > count.sequence) return unchanged({ kind: 'stale' });
  const isReused = newest?.sequence === count.sequence;
  if (newest && isReused && !goesBefore(quantityOf(count), quantityOf(newest)))
    return unchanged(duplicate(quantityOf(count), quantityOf(newest)));
  const hasLater = entry !== undefined && entry.movedThrough !== null && entry.movedThrough > count.sequence;
  const told = hasLater ? withLater(count, movements.above(count.sequence)) : count;
  const gone = goneFrom(count, departures);
  const data = gone === 0 ? told : { ...told, gone };
  return { answer: applied(isReused), events: [{ type: 'inventory.supply-counted.v1', data }] };
}

function withLater(count: SupplyCount, { moved, movedThrough, heardAt }: MovementSum) {
  return { ...count, moved, movedThrough, heardAt: laterOf(heardAt, heardAtOf(count)) };
}

/** Applies a movement: it counts where its sequence is above that of the newest count, whichever came first. */
export function decideMovement(
  stock: Stock,
  movement: SupplyMovement,
  movements: KnownMovements,
): Decision<FeedAnswer, StockEvent> {
  if (isAhead(movement)) return unchanged({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  const known = movements.at(movement.sequence);
  if (known && !goesBefore(quantityOf(movement), quantityOf(known)))
    return unchanged(duplicate(quantityOf(movement), quantityOf(known)));
  const entry = entryAt(stock.supplies, movement);
  const newest = newestCount(entry);
  if (newest && newest.sequence >= movement.sequence) return unchanged({ kind: 'stale' });
  const totals = known ? replaced(entry, movement, movements) : added(entry, movement);
  const event = { type: 'inventory.supply-moved.v1', data: { ...movement, ...totals } } as const;
  return { answer: applied(known !== undefined), events: [event] };
}

function added(entry: SupplyEntry | undefined, movement: SupplyMovement) {
  return {
    moved: (entry?.moved ?? 0) + movement.movement,
    movedThrough: Math.max(entry?.movedThrough ?? 0, movement.sequence),
    heardAt: laterOf(entry?.heardAt ?? null, heardAtOf(movement)),
  };
}

function replaced(entry: SupplyEntry | undefined, movement: SupplyMovement, movements: KnownMovements) {
  const newest = newestCount(entry);
  const sum = movements.above(newest?.sequence ?? null, movement);
  const countHeardAt = newest ? heardAtOf(newest) : null;
  return {
    moved: sum.moved,
    movedThrough: sum.movedThrough ?? movement.sequence,
    heardAt: laterOf(countHeardAt, sum.heardAt ?? heardAtOf(movement)),
  };
}

function isAhead({ observedAt, receivedAt }: SupplyMessage): boolean {
  return Date.parse(observedAt) > Date.parse(receivedAt) + CLOCK_TOLERANCE_MS;
}

function newestCount(entry: SupplyEntry | undefined) {
  if (!entry) return undefined;
  const { count, sequence, observedAt, receivedAt } = entry;
  if (count === null || sequence === null || observedAt === null || receivedAt === null) return undefined;
  return { count, sequence, observedAt, receivedAt };
}

interface Said {
  readonly quantity: number;
  readonly observedAt: string;
}

function quantityOf(
  said: { readonly observedAt: string } & ({ count: number } | { movement: number }),
): Said {
  return { quantity: 'count' in said ? said.count : said.movement, observedAt: said.observedAt };
}

/**
 * Which of two messages counts that were sent under one sequence. Whichever came first must not matter, and a unit
 * too few is safer than one too many.
 */
function goesBefore(left: Said, right: Said): boolean {
  if (left.quantity !== right.quantity) return left.quantity < right.quantity;
  return Date.parse(left.observedAt) < Date.parse(right.observedAt);
}

function duplicate(left: Said, right: Said): FeedAnswer {
  const isSame = left.quantity === right.quantity && left.observedAt === right.observedAt;
  return isSame ? DUPLICATE : { kind: 'duplicate', detail: REUSED };
}

function applied(isReused: boolean): FeedAnswer {
  return isReused ? { kind: 'applied', detail: REUSED } : APPLIED;
}

const DUPLICATE: FeedAnswer = { kind: 'duplicate' };
const APPLIED: FeedAnswer = { kind: 'applied' };
