import { type Departure, goneFrom } from './departure';
import {
  baseOf,
  heardAtOf,
  isLater,
  type Supplied,
  type SupplyEntry,
  type SupplyMovement,
  type SupplyPlace,
  zeroOf,
} from './supply';

/** Units observed at one place after a refusal, although they were applied before it. */
export interface SinceRefusal extends SupplyPlace {
  readonly moved: number;
  readonly gone: number;
}

/** The movements and departures of one stock row since the moment of a refusal. */
export interface RecentSupply {
  readonly movements: readonly SupplyMovement[];
  readonly departures: readonly Departure[];
}

/**
 * Sums what was observed after a refusal and is applied already, for each entry that the refusal sets to zero. Entries
 * without any are left out.
 */
export function sinceRefusal(
  { supplies, zeroedAt }: Supplied,
  refusedAt: string,
  { movements, departures }: RecentSupply,
): readonly SinceRefusal[] {
  if (zeroedAt !== null && !isLater(refusedAt, zeroedAt)) return [];
  return supplies.flatMap((entry) => {
    if (zeroOf(entry, refusedAt) === null) return [];
    const { sourceId, section } = entry;
    const moved = movements
      .filter((movement) => isSince(movement, entry, refusedAt))
      .reduce((sum, { movement }) => sum + movement, 0);
    const gone = goneFrom(entry, baseOf(entry, refusedAt), departures);
    return moved === 0 && gone === 0 ? [] : [{ sourceId, section, moved, gone }];
  });
}

function isSince(movement: SupplyMovement, entry: SupplyEntry, refusedAt: string): boolean {
  return (
    movement.sourceId === entry.sourceId &&
    movement.section === entry.section &&
    (movement.epoch ?? 0) === entry.epoch &&
    movement.sequence > (entry.sequence ?? -1) &&
    isLater(heardAtOf(movement), refusedAt)
  );
}

/** Sets entries to zero as of a refusal, except those with a count observed later. */
export function zeroed(
  supplies: readonly SupplyEntry[],
  refusedAt: string,
  since: readonly SinceRefusal[],
): readonly SupplyEntry[] {
  return supplies.map((entry) => {
    if (zeroOf(entry, refusedAt) === null) return entry;
    const later = since.find(
      ({ sourceId, section }) => sourceId === entry.sourceId && section === entry.section,
    );
    return { ...entry, moved: later?.moved ?? 0, gone: later?.gone ?? 0 };
  });
}
