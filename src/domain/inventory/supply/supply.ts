import { never } from '../../decision';
import type { Source } from '../setup/set-up';

/** Where a sequence of a source runs: one section of one item at one node (null: the node has no sections). */
export interface SupplyPlace {
  readonly sourceId: Source['id'];
  readonly section: string | null;
}

/** What every message of a feed carries. */
export interface SupplyMessage extends SupplyPlace {
  readonly basis: Source['basis'];
  readonly sequence: number;
  readonly observedAt: string;
  readonly receivedAt: string;
}

/** An absolute count: how many there are. */
export interface SupplyCount extends SupplyMessage {
  readonly count: number;
}

/** A movement: how many came (or, below zero, went) since the message before it. */
export interface SupplyMovement extends SupplyMessage {
  readonly movement: number;
}

/** Movements added up. `movedThrough`: the highest sequence among them; `heardAt`: as of the newest of them. */
export interface MovementSum {
  readonly moved: number;
  readonly movedThrough: number | null;
  readonly heardAt: string | null;
}

/** What one source says of one place: its newest count, and the sum of the movements with a higher sequence. */
export interface SupplyEntry extends SupplyPlace {
  readonly basis: Source['basis'];
  /** Null until it has counted: movements alone do not say how many there are. */
  readonly count: number | null;
  readonly sequence: number | null;
  readonly observedAt: string | null;
  readonly receivedAt: string | null;
  readonly moved: number;
  readonly movedThrough: number | null;
  /** Units that have left since the count: it still contains them. */
  readonly gone: number;
  /** When the newest of these messages was observed, and no later than we heard of it. */
  readonly heardAt: string;
  /** The time-to-live under which its expiry was noted; null: not noted since its newest message. */
  readonly expiryNotedTtl: number | null;
}

/** Where an entry's sum and moment stand after a message. */
type Totals = Pick<SupplyEntry, 'moved' | 'movedThrough' | 'heardAt'>;

/** A count says nothing of movements where none has a higher sequence, nor of units gone where none has left since. */
type HeardCount = SupplyCount & Partial<Totals & Pick<SupplyEntry, 'gone'>>;

export type SupplyEvent =
  | { readonly type: 'inventory.supply-counted.v1'; readonly data: HeardCount }
  | { readonly type: 'inventory.supply-moved.v1'; readonly data: SupplyMovement & Totals }
  | { readonly type: 'inventory.supply-expired.v1'; readonly data: SupplyExpiry };

/** That a feed was silent for longer than its time-to-live. `supply`: what it said last, which now counts as zero. */
export interface SupplyExpiry extends SupplyPlace {
  readonly supply: number;
  readonly heardAt: string;
  readonly expiredAt: string;
  readonly ttlSeconds: number;
}

/** What sources say after an event, in the order of source and section, whatever came first. */
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

/** The entry of a source for a section. */
export function entryAt(
  supplies: readonly SupplyEntry[],
  { sourceId, section }: SupplyPlace,
): SupplyEntry | undefined {
  return supplies.find((entry) => entry.sourceId === sourceId && entry.section === section);
}

/** When a message was observed, and no later than we heard of it: clocks of sources run ahead. */
export function heardAtOf({
  observedAt,
  receivedAt,
}: Pick<SupplyMessage, 'observedAt' | 'receivedAt'>): string {
  return Date.parse(observedAt) <= Date.parse(receivedAt) ? observedAt : receivedAt;
}

/** The later of two moments; null is no moment. */
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

/** How many units an entry stands for; below zero where more has left it than had come. */
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
