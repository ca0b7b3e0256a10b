import {
  baseOf,
  type Supplied,
  type SupplyBase,
  type SupplyEntry,
  type SupplyPlace,
  unitsIn,
} from './supply';

/** The section that units were taken from, for each source that had reported the place. */
export type SectionsTaken = Readonly<Record<SupplyPlace['sourceId'], SupplyPlace['section']>>;

/** Units of one grant that have left a node, or were found missing there. */
export interface Departure {
  readonly quantity: number;
  readonly grantedAt: string;
  readonly leftAt: string;
  readonly sections: SectionsTaken;
}

type Moments = Pick<Departure, 'grantedAt' | 'leftAt'>;

/**
 * Returns true when a base still contains units that left. An `on_hand` base contains units that left since it. An
 * `available` count excludes earlier promises, so it contains units that were promised since it. The moment of a count
 * is capped at its receipt: source clocks run ahead, and a unit too few is safer than one too many.
 */
function contains({ basis, at }: SupplyBase, { grantedAt, leftAt }: Moments): boolean {
  return Date.parse(basis === 'on_hand' ? leftAt : grantedAt) >= Date.parse(at);
}

/**
 * Returns the number of departed units that a base still contains. For a source that had reported before they left,
 * only the section they were taken from counts. For any other source every section does, because a count that late is
 * soon followed by another. So does every section where the source has since begun to report by sections, or ceased to.
 */
export function goneFrom(
  { sourceId, section }: SupplyPlace,
  base: SupplyBase | null,
  departures: readonly Departure[],
): number {
  if (base === null || departures.length === 0) return 0;
  return departures
    .filter((departure) => isFrom(departure.sections, { sourceId, section }) && contains(base, departure))
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

function isFrom(sections: SectionsTaken, { sourceId, section }: SupplyPlace): boolean {
  if (!Object.hasOwn(sections, sourceId)) return true;
  const taken = sections[sourceId];
  return taken === section || (taken === null) !== (section === null);
}

/**
 * Chooses the section of each source that units are taken from, because no report names it: first a section that still
 * contains the units, then the one with most units, then the first by name. The units are subtracted there until its
 * next count.
 */
export function sectionsFor({ supplies, zeroedAt }: Supplied, left: Moments): SectionsTaken {
  const sections: Record<string, string | null> = {};
  const has = (entry: SupplyEntry) => Number(isIn(entry, zeroedAt, left));
  const fullestFirst = [...supplies].sort(
    (a, b) =>
      has(b) - has(a) ||
      unitsIn(b, zeroedAt) - unitsIn(a, zeroedAt) ||
      ((a.section ?? '') < (b.section ?? '') ? -1 : 1),
  );
  for (const entry of fullestFirst) {
    if (!Object.hasOwn(sections, entry.sourceId)) sections[entry.sourceId] = entry.section;
  }
  return sections;
}

/** Subtracts departed units from the entries that still contain them. */
export function lessDeparted({ supplies, zeroedAt }: Supplied, departure: Departure): readonly SupplyEntry[] {
  return supplies.map((entry) => {
    const isTakenFrom = departure.sections[entry.sourceId] === entry.section;
    return isTakenFrom && isIn(entry, zeroedAt, departure)
      ? { ...entry, gone: entry.gone + departure.quantity }
      : entry;
  });
}

/** Returns true when an entry still contains units that left. Without a base it contains none. */
function isIn(entry: SupplyEntry, zeroedAt: string | null, left: Moments): boolean {
  const base = baseOf(entry, zeroedAt);
  return base !== null && contains(base, left);
}
