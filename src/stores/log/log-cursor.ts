/**
 * The point up to which a reader has read a log. A reader reads in windows: the events that one database snapshot sees
 * and an earlier one does not, in order of position (docs/decisions/0011-windows-over-the-log.md).
 */
export interface LogCursor {
  /** The snapshot whose events have all been read. */
  readonly readUpTo: string;
  /** The window being read; null between two windows. */
  readonly window: LogWindow | null;
}

export interface LogWindow {
  /** The snapshot that bounds the window. */
  readonly snapshot: string;
  /** The position up to which the window has been read. */
  readonly position: number;
  /** The position of the window's last event, or a later one. */
  readonly last: number;
}

/** A snapshot that sees no transaction. */
export const NOTHING_SEEN = '1:1:';

export const LOG_START: LogCursor = { readUpTo: NOTHING_SEEN, window: null };

const LARGEST_ID = 2n ** 63n - 1n;

/** Returns true when a text is a PostgreSQL snapshot: `xmin:xmax:ids in progress`, the ids in rising order. */
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
