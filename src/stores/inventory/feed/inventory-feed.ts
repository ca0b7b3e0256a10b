import type { Source } from '../../../domain/inventory/setup/set-up';
import type { FeedAnswer } from '../../../domain/inventory/supply/supply-feed';
import type { Cause } from '../../log/event-log';
import type { StorePool } from '../../postgres/store-pool';
import { noteExpiries } from '../inventory-expiry';
import { lockAndLoadPortion, placesOf, savePortion } from './inventory-feed-portion';
import type { FeedRow } from './inventory-feed-rows';

/** Rows in one transaction: large enough to be cheap, small enough that sagas on the same rows do not stall. */
export const PORTION = 500;

/** The advisory lock of portions that lost against another one. It is taken before any row's, so nobody waits in a circle. */
const NEW_ROWS = 7_203_114;

/** Supply as sources report it. */
export class InventoryFeed {
  constructor(private readonly pool: StorePool) {}

  /** Applies rows in order, a portion a transaction, and answers for each; a bad row stops nobody else's. */
  async apply(source: Source, rows: readonly FeedRow[], cause: Cause): Promise<readonly FeedAnswer[]> {
    const answers: FeedAnswer[] = [];
    for (let from = 0; from < rows.length; from += PORTION) {
      answers.push(...(await this.#applyPortion(source, rows.slice(from, from + PORTION), cause)));
    }
    return answers;
  }

  /** Notes in the log which feeds have fallen silent; says how many stock rows it looked at, at most `limit`. */
  noteExpiries(limit: number, cause: Cause): Promise<number> {
    return noteExpiries(this.pool, limit, cause);
  }

  async #applyPortion(
    source: Source,
    rows: readonly FeedRow[],
    cause: Cause,
  ): Promise<readonly FeedAnswer[]> {
    const places = placesOf(rows);
    let isAgain = false;
    return this.pool.step(async (session) => {
      // Rows that are not there yet cannot be locked: those who met over creating them go on one after the other.
      const taking = isAgain && session.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${NEW_ROWS})`;
      isAgain = true;
      const loading = lockAndLoadPortion(session, source, rows, places);
      const [portion] = await Promise.all([loading, taking]);
      const answers = rows.map((row) => portion.apply(row, cause));
      savePortion(session, portion);
      return answers;
    });
  }
}
