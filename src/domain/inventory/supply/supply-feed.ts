import { type Decision, unchanged } from '../../decision';
import type { FormRejection } from '../setup/supply-form';
import { type Departure, goneFrom } from './departure';
import type { Stock, StockEvent } from './stock';
import {
  baseOf,
  heardAtOf,
  isLater,
  laterOf,
  type MovementSum,
  reportedEntry,
  type SupplyCount,
  type SupplyEntry,
  type SupplyMessage,
  type SupplyMovement,
  zeroOf,
} from './supply';

/** The reasons why a row of a feed is rejected. The other rows are processed. */
export const FEED_REJECTIONS = {
  UNKNOWN_SKU: 'The item does not exist.',
  UNKNOWN_NODE: 'The node does not exist.',
  NODE_NOT_OF_SOURCE: 'The source may not report this node: `PUT /v1/sources/{id}` lists its nodes.',
  NODE_WITHOUT_SECTIONS: 'The row names a section, and the node is no store: only stores have sections.',
  OTHER_FORM:
    'The source reports the store by sections and the row is about the whole store, or the other way round: `forms` of ' +
    '`PUT /v1/sources/{id}` declares which.',
  OBSERVED_IN_FUTURE: '`observedAt` lies in the future, by the clock of the database.',
  INVALID: 'A field is missing or wrong. The detail names it.',
} as const satisfies Readonly<Record<FormRejection, string> & Record<string, string>>;

export type FeedRejection = keyof typeof FEED_REJECTIONS;

/**
 * The answer to one row. `shortfall`: units committed beyond supply now. `detail` of an applied row or a duplicate: the
 * fault of its sequence.
 */
export type FeedAnswer =
  | { readonly kind: 'applied'; readonly shortfall?: number; readonly detail?: string }
  | { readonly kind: 'duplicate'; readonly detail?: string }
  | { readonly kind: 'stale' }
  | { readonly kind: 'rejected'; readonly reason: FeedRejection; readonly detail?: string };

/** A movement as received: its quantity and its moments. */
export type HeardMovement = Pick<SupplyMovement, 'movement' | 'observedAt' | 'receivedAt'>;

/** The movements received for one place, whether they count or came too late. */
export interface KnownMovements {
  /** Returns the movement received under this sequence. */
  at(sequence: number): HeardMovement | undefined;
  /**
   * Sums the movements above a sequence (null: all). `moved` counts only those observed after `since` (null: all).
   * `instead` replaces the movement of its own sequence.
   */
  above(sequence: number | null, since: string | null, instead?: SupplyMovement): MovementSum;
}

/** The most that a source's clock may run ahead. A moment further ahead is a mistake. */
const CLOCK_TOLERANCE_MS = 60_000;

const REUSED = 'the sequence was used before for something else: the lower quantity counts';

/**
 * Applies an absolute count. Counts are ordered by the source's own sequence: one below the newest is stale, whenever
 * it arrives. A count contains every movement up to its own sequence and none above it. It also contains the units that
 * left since it was observed: `departures` has all of them. A count observed before the node last refused becomes the
 * newest and leaves supply at the refusal's zero.
 */
export function decideCount(
  stock: Stock,
  count: SupplyCount,
  movements: KnownMovements,
  departures: readonly Departure[] = [],
): Decision<FeedAnswer, StockEvent> {
  if (isAhead(count)) return unchanged({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  const entry = reportedEntry(stock.supplies, count);
  const newest = newestCount(entry);
  if (newest && newest.sequence > count.sequence) return unchanged({ kind: 'stale' });
  const isReused = newest?.sequence === count.sequence;
  if (newest && isReused && !goesBefore(quantityOf(count), quantityOf(newest)))
    return unchanged(duplicate(quantityOf(count), quantityOf(newest)));
  const hasLater = entry !== undefined && entry.movedThrough !== null && entry.movedThrough > count.sequence;
  const zero = zeroOf(count, stock.zeroedAt);
  const told = hasLater ? withLater(count, movements.above(count.sequence, zero)) : count;
  const gone = goneFrom(count, baseOf(count, stock.zeroedAt), departures);
  const data = gone === 0 ? told : { ...told, gone };
  return { answer: applied(isReused), events: [{ type: 'inventory.supply-counted.v1', data }] };
}

function withLater(count: SupplyCount, { moved, movedThrough, heardAt }: MovementSum) {
  return { ...count, moved, movedThrough, heardAt: laterOf(heardAt, heardAtOf(count)) };
}

/** Applies a movement. It counts when its sequence is above that of the newest count, whichever arrives first. */
export function decideMovement(
  stock: Stock,
  movement: SupplyMovement,
  movements: KnownMovements,
): Decision<FeedAnswer, StockEvent> {
  if (isAhead(movement)) return unchanged({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  const known = movements.at(movement.sequence);
  if (known && !goesBefore(quantityOf(movement), quantityOf(known)))
    return unchanged(duplicate(quantityOf(movement), quantityOf(known)));
  const entry = reportedEntry(stock.supplies, movement);
  const newest = newestCount(entry);
  if (newest && newest.sequence >= movement.sequence) return unchanged({ kind: 'stale' });
  const zero = newest ? zeroOf(newest, stock.zeroedAt) : stock.zeroedAt;
  const totals = known ? replaced(entry, movement, movements, zero) : added(entry, movement, zero);
  const event = { type: 'inventory.supply-moved.v1', data: { ...movement, ...totals } } as const;
  return { answer: applied(known !== undefined), events: [event] };
}

function added(entry: SupplyEntry | undefined, movement: SupplyMovement, zero: string | null) {
  return {
    moved: (entry?.moved ?? 0) + (isSince(movement, zero) ? movement.movement : 0),
    movedThrough: Math.max(entry?.movedThrough ?? 0, movement.sequence),
    heardAt: laterOf(entry?.heardAt ?? null, heardAtOf(movement)),
  };
}

function replaced(
  entry: SupplyEntry | undefined,
  movement: SupplyMovement,
  movements: KnownMovements,
  zero: string | null,
) {
  const newest = newestCount(entry);
  const sum = movements.above(newest?.sequence ?? null, zero, movement);
  const countHeardAt = newest ? heardAtOf(newest) : null;
  return {
    moved: sum.moved,
    movedThrough: sum.movedThrough ?? movement.sequence,
    heardAt: laterOf(countHeardAt, sum.heardAt ?? heardAtOf(movement)),
  };
}

/** Returns true when a movement counts for a base: every one for a count, one observed later for a refusal's zero. */
export function isSince(movement: HeardMovement, zero: string | null): boolean {
  return zero === null || isLater(heardAtOf(movement), zero);
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
 * Returns true when `left` replaces `right`, sent under the same sequence: the lower quantity, then the earlier
 * observation. The order of arrival must not matter, and a unit too few is safer than one too many.
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
