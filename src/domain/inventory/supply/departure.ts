import {
  baseOf,
  isLater,
  type Supplied,
  type SupplyBase,
  type SupplyEntry,
  type SupplyPlace,
  unitsIn,
} from './supply';

/** The section that units were taken from or put into, for each source that had reported the place. */
export type SectionsTaken = Readonly<Record<SupplyPlace['sourceId'], SupplyPlace['section']>>;

/** Units of one grant that have left a node, or were found missing there. */
export interface Departure {
  /** Below zero: units that came back. */
  readonly quantity: number;
  readonly grantedAt: string;
  readonly leftAt: string;
  readonly sections: SectionsTaken;
}

type Left = Omit<Departure, 'sections'>;

/** The section that returned units are put into where a source had not reported by sections when they came. */
const RETURNS_TO = 'backroom';

/**
 * Returns true when a base does not reflect a departure yet. An `on_hand` base misses what left since it. An
 * `available` count excludes earlier promises, so it misses units that were promised since it. The moment of a count is
 * capped at its receipt: source clocks run ahead, and a unit too few is safer than one too many. For the same reason a
 * base of the moment of a departure misses it, and a base of the moment of a return reflects it.
 */
function misses({ basis, at }: SupplyBase, { quantity, grantedAt, leftAt }: Left): boolean {
  const moment = basis === 'on_hand' ? leftAt : grantedAt;
  return quantity > 0 ? !isLater(at, moment) : isLater(moment, at);
}

/**
 * Returns the number of departed units that a base still contains, less the returned units that it does not contain
 * yet. For a source that had reported before, only the section chosen then counts. For any other source departures
 * count in every section, because so late a count is soon followed by another, and returns count in one section. The
 * same holds where the source has since begun or ceased to report by sections.
 */
export function goneFrom(
  { sourceId, section }: SupplyPlace,
  base: SupplyBase | null,
  departures: readonly Departure[],
): number {
  if (base === null || departures.length === 0) return 0;
  return departures
    .filter((departure) => concerns(departure, { sourceId, section }) && misses(base, departure))
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

function concerns({ quantity, sections }: Departure, { sourceId, section }: SupplyPlace): boolean {
  const taken = Object.hasOwn(sections, sourceId) ? sections[sourceId] : undefined;
  if (taken === section) return true;
  const isOfOtherForm = taken === undefined || (taken === null) !== (section === null);
  return isOfOtherForm && (quantity > 0 || section === null || section === RETURNS_TO);
}

/**
 * Chooses the section of each source that units are taken from or put into, because no report names it: first a section
 * whose base misses the departure, then the one with most units, then the first by name. The units are subtracted or
 * added there until its next count.
 */
export function sectionsFor({ supplies, zeroedAt }: Supplied, left: Left): SectionsTaken {
  const sections: Record<string, string | null> = {};
  const has = (entry: SupplyEntry) => Number(isMissedBy(entry, zeroedAt, left));
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

/** Subtracts departed units from the entries that still contain them. Adds returned units where they are missing. */
export function lessDeparted({ supplies, zeroedAt }: Supplied, departure: Departure): readonly SupplyEntry[] {
  return supplies.map((entry) => {
    const isTakenFrom = departure.sections[entry.sourceId] === entry.section;
    return isTakenFrom && isMissedBy(entry, zeroedAt, departure)
      ? { ...entry, gone: entry.gone + departure.quantity }
      : entry;
  });
}

/** Returns true when an entry does not reflect a departure yet. Without a base it has nothing to reflect. */
function isMissedBy(entry: SupplyEntry, zeroedAt: string | null, left: Left): boolean {
  const base = baseOf(entry, zeroedAt);
  return base !== null && misses(base, left);
}
