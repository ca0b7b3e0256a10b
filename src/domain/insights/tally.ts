/** The things that are counted, per day. */
export type Measure =
  /** Units promised from a node. */
  | 'promised'
  /** Units that a node did not deliver. */
  | 'rejected'
  /** Expiries of supply, and the units that then counted as zero. */
  | 'expiries'
  | 'expired-units'
  /** Refusals of partners before approval, and those after which the order was sourced elsewhere. */
  | 'partner-refusals'
  | 'partner-resourced'
  /** Units that nodes gave back after approval, and where they came from instead. */
  | 'units-resourced'
  | 'units-backordered'
  | 'units-cancelled'
  /** Orders, by outcome and by the reason of a rejection. */
  | 'orders'
  /** Orders by the bucket of a duration. */
  | DurationMeasure;

export type DurationMeasure = 'placed-approved' | 'approved-delivered' | 'placed-delivered';

/** Counts of one measure are kept apart for each dimension; the sums of two dimensions are never added. */
export type Dimension = 'node' | 'sku' | 'reason' | 'outcome' | 'bucket' | 'all';

/** A number to add to a count. */
export interface Tally {
  readonly measure: Measure;
  readonly dimension: Dimension;
  readonly key: string;
  readonly units: number;
}

/** A tally with its day, `YYYY-MM-DD` in UTC. */
export type DayTally = Tally & { readonly day: string };

/** Adds the day of a moment to tallies. */
export function onDayOf(moment: string, tallies: readonly Tally[]): readonly DayTally[] {
  const day = moment.slice(0, 10);
  return tallies.map((tally) => ({ ...tally, day }));
}

/** The key of the dimension `all`. */
export const ALL = '';

/** Counts units under the dimension `all`. */
export function tallyOf(measure: Measure, units: number): Tally {
  return { measure, dimension: 'all', key: ALL, units };
}

/** Counts units at a node by each dimension; a promise has no reason. */
export function unitsTally(
  measure: 'promised' | 'rejected',
  { nodeId, sku, quantity, reason }: UnitsAtNode,
): readonly Tally[] {
  const units = quantity;
  return [
    { measure, dimension: 'node', key: nodeId, units },
    { measure, dimension: 'sku', key: sku, units },
    ...(reason === undefined ? [] : [{ measure, dimension: 'reason', key: reason, units } as const]),
  ];
}

interface UnitsAtNode {
  readonly nodeId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly reason?: string;
}
