import { heardAtOf, type SupplyEntry, type SupplyMessage, type SupplyPlace, unitsIn } from './supply';

/** Of each source that had spoken of a place, the section of it that units were taken from. */
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
 * Whether a count still contains units that have left since. One on hand does where they left after it was taken; one
 * of what is available left out what it knew to be promised, so it does where they were promised after it. The moment
 * of a count is no later than we heard of it: clocks of sources run ahead, and a unit too few is safer than one too many.
 */
export function isInCount(count: CountedPlace, departure: Departure): boolean {
  const countedAt = Date.parse(heardAtOf(count));
  const { grantedAt, leftAt } = departure;
  return Date.parse(count.basis === 'on_hand' ? leftAt : grantedAt) >= countedAt;
}

/**
 * How many units that have left a count still contains. Of a source's sections only the one they were taken from is
 * asked; where the source was not heard of before they left, each is: a count that comes so late is soon followed.
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
 * Which section of each source units are taken from, as nobody tells: of those whose count still contains them, the
 * one with most units (ties: the first by name), and they are taken from that one until it is counted again.
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

/** What sources say after units have left. */
export function lessDeparted(supplies: readonly SupplyEntry[], departure: Departure): readonly SupplyEntry[] {
  return supplies.map((entry) => {
    const isTakenFrom = departure.sections[entry.sourceId] === entry.section;
    return isTakenFrom && contains(entry, departure)
      ? { ...entry, gone: entry.gone + departure.quantity }
      : entry;
  });
}

/** An entry that has never counted contains nothing; once it does, its count is asked anew. */
function contains(entry: SupplyEntry, departure: Omit<Departure, 'sections'>): boolean {
  const { observedAt, receivedAt } = entry;
  if (observedAt === null || receivedAt === null) return false;
  return isInCount({ ...entry, observedAt, receivedAt }, { ...departure, sections: {} });
}
