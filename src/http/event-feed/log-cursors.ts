import { z } from 'zod';
import { LOGS, type LogName } from '../../contracts/logs';
import { isSnapshot, LOG_START, type LogCursor } from '../../stores/log/log-cursor';
import { cursorOf, valuesAt } from '../framework/page-cursor';
import { invalid } from '../framework/problem';

export type LogCursors = Readonly<Record<LogName, LogCursor>>;

const snapshot = z.string().refine(isSnapshot);
const position = z.int().min(0);
const cursor = z.union([z.tuple([snapshot]), z.tuple([snapshot, snapshot, position, position])]);
const cursors = z.tuple([cursor, cursor, cursor]);

/** The cursors before the first event of every log. */
export const START: LogCursors = { orders: LOG_START, inventory: LOG_START, credit: LOG_START };

export function cursorText(at: LogCursors): string {
  const parts = LOGS.map((name) => {
    const { readUpTo, window } = at[name];
    return window ? [readUpTo, window.snapshot, window.position, window.last] : [readUpTo];
  });
  return cursorOf(parts);
}

/** Returns true for text that `cursorsAt` reads. */
export function isCursorText(text: string): boolean {
  return valuesAt(text, cursors) !== undefined;
}

/**
 * Reads cursors from text.
 * @throws Problem invalid-request for text that is not a cursor
 */
export function cursorsAt(text: string, field: string): LogCursors {
  const read = valuesAt(text, cursors);
  if (read === undefined) throw invalid(field, 'is not a cursor of the event feed');
  const [orders, inventory, credit] = read.map(logCursorOf);
  return { ...START, ...(orders && { orders }), ...(inventory && { inventory }), ...(credit && { credit }) };
}

function logCursorOf([readUpTo, snapshot, position, last]: z.output<typeof cursor>): LogCursor {
  if (snapshot === undefined || position === undefined || last === undefined)
    return { readUpTo, window: null };
  return { readUpTo, window: { snapshot, position, last } };
}
