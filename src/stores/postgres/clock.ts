import { exactlyOne } from './exactly-one';
import type { StoreSession } from './store-session';

/** Reads the database's clock, as RFC 3339. */
export async function readClock(session: Pick<StoreSession, '$queryRaw'>): Promise<string> {
  const { now } = exactlyOne(
    await session.$queryRaw<{ now: string }[]>`SELECT iso(clock_timestamp()) AS now`,
  );
  return now;
}

/** Returns true when a moment, in the form of `iso`, lies ahead of the database's clock. */
export async function isAhead(session: Pick<StoreSession, '$queryRaw'>, moment: string): Promise<boolean> {
  return moment > (await readClock(session));
}
