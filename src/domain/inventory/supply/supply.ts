import { never } from '../../decision';
import type { Source } from '../setup/set-up';

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

/** One source's supply at one place: its newest count, and the sum of movements with a higher sequence. */
export interface SupplyEntry extends SupplyPlace {
  readonly basis: Source['basis'];
  /** Null before the first count: movements alone do not say how many units there are. */
  readonly count: number | null;
  readonly sequence: number | null;
  readonly observedAt: string | null;
  readonly receivedAt: string | null;
  readonly moved: number;
  readonly movedThrough: number | null;
  /** Units that left since the count, which still contains them. */
  readonly gone: number;
  /** The moment of the newest message: its observation, capped at its receipt. */
  readonly heardAt: string;
  /** The time-to-live under which its expiry was noted; null when not noted since its newest message. */
  readonly expiryNotedTtl: number | null;
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
      const entry = entryAt(supplies, movement) ?? uncountedEntry(movement);
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
}: Omit<SupplyMovement, 'receivedAt'>): Omit<SupplyEntry, keyof Totals | 'expiryNotedTtl'> {
  const nothingCounted = { count: null, sequence: null, observedAt: null, receivedAt: null, gone: 0 };
  return { sourceId, section, basis, ...nothingCounted };
}

/** Returns the units of an entry; below zero when more units left than arrived. */
export function unitsIn({ count, moved, gone }: Pick<SupplyEntry, 'count' | 'moved' | 'gone'>): number {
  return (count ?? 0) + moved - gone;
}

function withEntry(supplies: readonly SupplyEntry[], entry: SupplyEntry): readonly SupplyEntry[] {
  const others = supplies.filter(
    (other) => other.sourceId !== entry.sourceId || other.section !== entry.section,
  );
  return others.length === 0 ? [entry] : [...others, entry].sort(byPlace);
}

function byPlace(left: SupplyPlace, right: SupplyPlace): number {
  if (left.sourceId !== right.sourceId) return left.sourceId < right.sourceId ? -1 : 1;
  return (left.section ?? '') < (right.section ?? '') ? -1 : 1;
}
