import { heardAtOf, type SupplyEntry, type SupplyMessage, type SupplyPlace, unitsIn } from './supply';

/** The section that units were taken from, for each source that had reported the place. */
export type SectionsTaken = Readonly<Record<SupplyPlace['sourceId'], SupplyPlace['section']>>;

/** Units of one grant that have left a node, or were found missing there. */
export interface Departure {
  readonly quantity: number;
  readonly grantedAt: string;
  readonly leftAt: string;
  readonly sections: SectionsTaken;
}

type CountedPlace = Pick<SupplyMessage, 'sourceId' | 'section' | 'basis' | 'observedAt' | 'receivedAt'>;

/**
 * Returns true when a count still contains units that left. An `on_hand` count contains units that left since it. An
 * `available` count excludes earlier promises, so it contains units that were promised since it. The moment of a count
 * is capped at its receipt: source clocks run ahead, and a unit too few is safer than one too many.
 */
export function isInCount(count: CountedPlace, departure: Departure): boolean {
  const countedAt = Date.parse(heardAtOf(count));
  const { grantedAt, leftAt } = departure;
  return Date.parse(count.basis === 'on_hand' ? leftAt : grantedAt) >= countedAt;
}

/**
 * Returns the number of departed units that a count still contains. For a source that had reported before they left,
 * only the section they were taken from counts. For any other source every section does, because a count that late is
 * soon followed by another.
 */
export function goneFrom(count: CountedPlace, departures: readonly Departure[]): number {
  const { sourceId, section } = count;
  const concerned = departures.filter(({ sections }) =>
    Object.hasOwn(sections, sourceId) ? sections[sourceId] === section : true,
  );
  return concerned
    .filter((departure) => isInCount(count, departure))
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/**
 * Chooses the section of each source that units are taken from, because no report names it: first a section whose count
 * still contains the units, then the one with most units, then the first by name. The units are subtracted there until
 * its next count.
 */
export function sectionsFor(
  supplies: readonly SupplyEntry[],
  departure: Omit<Departure, 'sections'>,
): SectionsTaken {
  const sections: Record<string, string | null> = {};
  for (const entry of [...supplies].sort(fullestFirst(departure))) {
    if (!Object.hasOwn(sections, entry.sourceId)) sections[entry.sourceId] = entry.section;
  }
  return sections;
}

function fullestFirst(departure: Omit<Departure, 'sections'>) {
  return (left: SupplyEntry, right: SupplyEntry): number =>
    Number(contains(right, departure)) - Number(contains(left, departure)) ||
    unitsIn(right) - unitsIn(left) ||
    ((left.section ?? '') < (right.section ?? '') ? -1 : 1);
}

/** Subtracts departed units from the entries that still contain them. */
export function lessDeparted(supplies: readonly SupplyEntry[], departure: Departure): readonly SupplyEntry[] {
  return supplies.map((entry) => {
    const isTakenFrom = departure.sections[entry.sourceId] === entry.section;
    return isTakenFrom && contains(entry, departure)
      ? { ...entry, gone: entry.gone + departure.quantity }
      : entry;
  });
}

/**
 * Returns true when an entry's count still contains units that left. An entry without a count contains none: its first
 * count is checked against the departures anew.
 */
function contains(entry: SupplyEntry, departure: Omit<Departure, 'sections'>): boolean {
  const { observedAt, receivedAt } = entry;
  if (observedAt === null || receivedAt === null) return false;
  return isInCount({ ...entry, observedAt, receivedAt }, { ...departure, sections: {} });
}
