import { exactlyOne } from './exactly-one';
import type { StoreSession } from './store-session';

/** Reads the database's clock, as RFC 3339. */
export async function readClock(session: Pick<StoreSession, '$queryRaw'>): Promise<string> {
  const { now } = exactlyOne(
    await session.$queryRaw<{ now: string }[]>`SELECT iso(clock_timestamp()) AS now`,
  );
  return now;
}
