import { never } from '../../decision';
import type { Source } from '../setup/set-up';
import type { SupplyForm } from '../setup/supply-form';

/** The scope of a source's sequence: one section of one item at one node (null: the node has no sections). */
export interface SupplyPlace {
  readonly sourceId: Source['id'];
  readonly section: string | null;
}

/** The fields that every message of a feed carries. */
export interface SupplyMessage extends SupplyPlace {
  readonly basis: Source['basis'];
  readonly sequence: number;
  readonly observedAt: string;
  readonly receivedAt: string;
  /** The epoch of the form in which the source reports the node; absent: 0. */
  readonly epoch?: SupplyForm['epoch'];
}

/** An absolute count of units. */
export interface SupplyCount extends SupplyMessage {
  readonly count: number;
}

/** A movement: units that arrived (below zero: left) since the previous message. */
export interface SupplyMovement extends SupplyMessage {
  readonly movement: number;
}

/** A sum of movements. `movedThrough`: the highest sequence among them; `heardAt`: the moment of the newest. */
export interface MovementSum {
  readonly moved: number;
  readonly movedThrough: number | null;
  readonly heardAt: string | null;
}

/**
 * One source's supply at one place: its newest count, and what changed since the base: that count, or the zero that a
 * refusal set later (`zeroOf`).
 */
export interface SupplyEntry extends SupplyPlace {
  readonly basis: Source['basis'];
  readonly epoch: SupplyForm['epoch'];
  /** Null before the first count: movements alone do not say how many units there are. */
  readonly count: number | null;
  readonly sequence: number | null;
  readonly observedAt: string | null;
  readonly receivedAt: string | null;
  /** The sum of movements with a sequence above the count's and, after a refusal, observed after it. */
  readonly moved: number;
  /** The highest sequence of a movement above the count's. */
  readonly movedThrough: number | null;
  /** Units that left since the base, which still contains them. */
  readonly gone: number;
  /** The moment of the newest message: its observation, capped at its receipt. */
  readonly heardAt: string;
  /** The time-to-live under which its expiry was noted; null when not noted since its newest message. */
  readonly expiryNotedTtl: number | null;
}

/** The supply of one item at one node. `zeroedAt`: when the node last refused for lack of stock; null: never. */
export interface Supplied {
  readonly supplies: readonly SupplyEntry[];
  readonly zeroedAt: string | null;
}

/** An entry's movement sum and moment after a message. */
type Totals = Pick<SupplyEntry, 'moved' | 'movedThrough' | 'heardAt'>;

/** A count as applied. Totals are absent when no movement has a higher sequence, `gone` when no unit has left since. */
type HeardCount = SupplyCount & Partial<Totals & Pick<SupplyEntry, 'gone'>>;

export type SupplyEvent =
  /** A source counted the units of an item in one place. */
  | { readonly type: 'inventory.supply-counted.v1'; readonly data: HeardCount }
  /** A source reported units that arrived or, below zero, left. */
  | { readonly type: 'inventory.supply-moved.v1'; readonly data: SupplyMovement & Totals }
  /** A node's feed was silent past its time-to-live: its supply counts as zero. Logged once for each silence. */
  | { readonly type: 'inventory.supply-expired.v1'; readonly data: SupplyExpiry };

/** A feed's silence past its time-to-live. `supply`: its last value, which now counts as zero. */
export interface SupplyExpiry extends SupplyPlace {
  readonly supply: number;
  readonly heardAt: string;
  readonly expiredAt: string;
  readonly ttlSeconds: number;
}

/** Applies an event to entries, sorted by source and section so that the order of arrival does not matter. */
export function evolveSupplies(supplies: readonly SupplyEntry[], event: SupplyEvent): readonly SupplyEntry[] {
  switch (event.type) {
    case 'inventory.supply-counted.v1':
      return withEntry(supplies, countedEntry(event.data));
    case 'inventory.supply-moved.v1': {
      const { moved, movedThrough, heardAt, ...movement } = event.data;
      const entry = reportedEntry(supplies, movement) ?? uncountedEntry(movement);
      return withEntry(supplies, { ...entry, moved, movedThrough, heardAt, expiryNotedTtl: null });
    }
    case 'inventory.supply-expired.v1': {
      const entry = entryAt(supplies, event.data);
      return entry ? withEntry(supplies, { ...entry, expiryNotedTtl: event.data.ttlSeconds }) : supplies;
    }
    default:
      return never(event);
  }
}

/** Finds the entry of a source for a section. */
export function entryAt(
  supplies: readonly SupplyEntry[],
  { sourceId, section }: SupplyPlace,
): SupplyEntry | undefined {
  return supplies.find((entry) => entry.sourceId === sourceId && entry.section === section);
}

/**
 * Finds the entry that a message adds to. An entry of an earlier epoch does not count: the message then begins a new
 * one.
 */
export function reportedEntry(
  supplies: readonly SupplyEntry[],
  { sourceId, section, epoch = 0 }: SupplyPlace & Pick<SupplyMessage, 'epoch'>,
): SupplyEntry | undefined {
  const entry = entryAt(supplies, { sourceId, section });
  return entry?.epoch === epoch ? entry : undefined;
}

/** Returns the moment a message was observed, capped at its receipt, because source clocks run ahead. */
export function heardAtOf({
  observedAt,
  receivedAt,
}: Pick<SupplyMessage, 'observedAt' | 'receivedAt'>): string {
  return Date.parse(observedAt) <= Date.parse(receivedAt) ? observedAt : receivedAt;
}

/** Returns the later of two moments; null counts as no moment. */
export function laterOf(left: string | null, right: string): string {
  return left !== null && Date.parse(left) >= Date.parse(right) ? left : right;
}

function countedEntry(data: HeardCount): SupplyEntry {
  return {
    sourceId: data.sourceId,
    section: data.section,
    basis: data.basis,
    epoch: data.epoch ?? 0,
    count: data.count,
    sequence: data.sequence,
    observedAt: data.observedAt,
    receivedAt: data.receivedAt,
    moved: data.moved ?? 0,
    movedThrough: data.movedThrough ?? null,
    gone: data.gone ?? 0,
    heardAt: data.heardAt ?? heardAtOf(data),
    expiryNotedTtl: null,
  };
}

function uncountedEntry({
  sourceId,
  section,
  basis,
  epoch = 0,
}: Omit<SupplyMovement, 'receivedAt'>): Omit<SupplyEntry, keyof Totals | 'expiryNotedTtl'> {
  const nothingCounted = { count: null, sequence: null, observedAt: null, receivedAt: null, gone: 0 };
  return { sourceId, section, basis, epoch, ...nothingCounted };
}

/** A count's moments; null: there is no count. */
type Counted = Pick<SupplyEntry, 'observedAt' | 'receivedAt'>;

/**
 * Returns the moment of the refusal that set a place to zero; null where a count was observed later, and counts.
 * `zeroedAt`: when the node last refused for lack of stock. It concerns every source and section of the node.
 */
export function zeroOf({ observedAt, receivedAt }: Counted, zeroedAt: string | null): string | null {
  if (zeroedAt === null || observedAt === null || receivedAt === null) return zeroedAt;
  return isLater(heardAtOf({ observedAt, receivedAt }), zeroedAt) ? null : zeroedAt;
}

/** The moment that later movements add to and later departures are subtracted from. */
export interface SupplyBase {
  readonly basis: Source['basis'];
  readonly at: string;
}

/** Returns the base of an entry or a count: the zero of a refusal, which subtracts all claims, or the count. */
export function baseOf(
  { basis, observedAt, receivedAt }: Counted & Pick<SupplyEntry, 'basis'>,
  zeroedAt: string | null,
): SupplyBase | null {
  const zero = zeroOf({ observedAt, receivedAt }, zeroedAt);
  if (zero !== null) return { basis: 'on_hand', at: zero };
  if (observedAt === null || receivedAt === null) return null;
  return { basis, at: heardAtOf({ observedAt, receivedAt }) };
}

/** Returns true when the first moment is later than the second. */
export function isLater(moment: string, than: string): boolean {
  return Date.parse(moment) > Date.parse(than);
}

/** Returns the units of an entry; below zero when more units left than arrived. */
export function unitsIn(entry: SupplyEntry, zeroedAt: string | null): number {
  const base = zeroOf(entry, zeroedAt) === null ? (entry.count ?? 0) : 0;
  return base + entry.moved - entry.gone;
}

/** Replaces the entry of its place, and drops those of the source from an earlier epoch. */
function withEntry(supplies: readonly SupplyEntry[], entry: SupplyEntry): readonly SupplyEntry[] {
  const { sourceId, section, epoch } = entry;
  const others = supplies.filter(
    (other) => other.sourceId !== sourceId || (other.section !== section && other.epoch === epoch),
  );
  return others.length === 0 ? [entry] : [...others, entry].sort(byPlace);
}

function byPlace(left: SupplyPlace, right: SupplyPlace): number {
  if (left.sourceId !== right.sourceId) return left.sourceId < right.sourceId ? -1 : 1;
  return (left.section ?? '') < (right.section ?? '') ? -1 : 1;
}
