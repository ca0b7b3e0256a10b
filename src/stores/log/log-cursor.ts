export const LOGS = ['orders', 'inventory', 'credit'] as const;

/** One log a store; there is no order between them. */
export type LogName = (typeof LOGS)[number];

/**
 * How far a reader of a log has come. A log is read in windows: what one snapshot of the database saw and an earlier
 * one did not see, in order of position (docs/decisions/0011-windows-over-the-log.md).
 */
export interface LogCursor {
  /** Everything this snapshot saw has been read. */
  readonly readUpTo: string;
  /** What is being read: null between two windows. */
  readonly window: LogWindow | null;
}

export interface LogWindow {
  /** The snapshot that bounds it. */
  readonly snapshot: string;
  /** Its events up to this position have been read. */
  readonly position: number;
  /** The position of its last event, or a later one. */
  readonly last: number;
}

/** A snapshot that saw nothing at all. */
export const NOTHING_SEEN = '1:1:';

export const LOG_START: LogCursor = { readUpTo: NOTHING_SEEN, window: null };

const LARGEST_ID = 2n ** 63n - 1n;

/** Whether a text is a snapshot as PostgreSQL writes them: `lowest:next:those under way`, in rising order. */
export function isSnapshot(text: string): boolean {
  const parts = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/.exec(text);
  if (!parts) return false;
  const [, lowest = '', next = '', listed = ''] = parts;
  const underWay = listed === '' ? [] : listed.split(',').map(BigInt);
  const least = BigInt(lowest);
  const bound = BigInt(next);
  const isRising = underWay.every((id, at) => id > (underWay[at - 1] ?? least - 1n));
  const isWithin = (underWay.at(-1) ?? least - 1n) < bound;
  return least > 0n && least <= bound && bound <= LARGEST_ID && isRising && isWithin;
}
