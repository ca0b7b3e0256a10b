import type { DurationMeasure, Tally } from './tally';

/** Each bucket is a tenth wider than the one before it, so a percentile is too high by a tenth at most. */
const GROWTH = 1.1;

/** Counts a duration in its bucket. */
export function durationTally(measure: DurationMeasure, from: string, to: string): Tally {
  const milliseconds = Math.max(1, Date.parse(to) - Date.parse(from));
  const bucket = Math.ceil(Math.log(milliseconds) / Math.log(GROWTH));
  return { measure, dimension: 'bucket', key: String(bucket), units: 1 };
}

/** The number of durations in a bucket. */
export interface BucketCount {
  readonly key: string;
  readonly units: number;
}

/**
 * Returns the duration in milliseconds that a share of all durations does not exceed: the upper bound of its bucket;
 * null when there are none.
 */
export function percentile(buckets: readonly BucketCount[], share: number): number | null {
  const sorted = [...buckets].sort((a, b) => Number(a.key) - Number(b.key));
  const total = sorted.reduce((sum, { units }) => sum + units, 0);
  let seen = 0;
  for (const { key, units } of sorted) {
    seen += units;
    if (units > 0 && seen >= total * share) return Math.ceil(GROWTH ** Number(key));
  }
  return null;
}
