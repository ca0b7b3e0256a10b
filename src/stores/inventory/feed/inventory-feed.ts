import type { Source } from '../../../domain/inventory/setup/set-up';
import type { FeedAnswer } from '../../../domain/inventory/supply/supply-feed';
import type { Cause } from '../../log/event-log';
import type { StorePool } from '../../postgres/store-pool';
import { Wake } from '../../postgres/wake';
import { noteExpiries } from '../inventory-expiry';
import { lockAndLoadPortion, placesOf, savePortion } from './inventory-feed-portion';
import type { FeedRow } from './inventory-feed-rows';

/** The rows in one transaction: enough to be cheap, few enough that sagas on the same stock do not stall. */
export const PORTION = 500;

/** Rows of a source that a portion has answered. */
export interface FedRows {
  readonly sourceId: string;
  readonly answers: readonly FeedAnswer[];
}

/** The intake of supply reports from sources. */
export class InventoryFeed {
  /** Notifies listeners of the answers to rows, after the commit of their portion. */
  readonly fed = new Wake<FedRows>();

  constructor(private readonly pool: StorePool) {}

  /** Applies rows in order, one portion per transaction. Returns one answer per row; a bad row stops no other row. */
  async apply(
    source: Pick<Source, 'id'>,
    rows: readonly FeedRow[],
    cause: Cause,
  ): Promise<readonly FeedAnswer[]> {
    const answers: FeedAnswer[] = [];
    for (let from = 0; from < rows.length; from += PORTION) {
      const portion = await this.#applyPortion(source.id, rows.slice(from, from + PORTION), cause);
      this.fed.tell({ sourceId: source.id, answers: portion });
      answers.push(...portion);
    }
    return answers;
  }

  /** Removes counts that were not applied and were received some days ago. @returns the number removed */
  async removeStaleCounts(days: number, limit: number): Promise<number> {
    return this.pool.$executeRaw`
      DELETE FROM stale_count WHERE (source_id, sku, node_id, section, sequence) IN (
        SELECT source_id, sku, node_id, section, sequence FROM stale_count
        WHERE received_at < clock_timestamp() - make_interval(days => ${days}::int)
        ORDER BY received_at LIMIT ${limit}::int)`;
  }

  /** Logs the expiry of silent feeds. Returns the number of stock rows examined, at most `limit`. */
  noteExpiries(limit: number, cause: Cause): Promise<number> {
    return noteExpiries(this.pool, limit, cause);
  }

  async #applyPortion(
    sourceId: string,
    rows: readonly FeedRow[],
    cause: Cause,
  ): Promise<readonly FeedAnswer[]> {
    const places = placesOf(rows);
    return this.pool.step(async (session) => {
      const portion = await lockAndLoadPortion(session, sourceId, rows, places);
      const answers = rows.map((row) => portion.apply(row, cause));
      savePortion(session, portion, cause);
      return answers;
    });
  }
}
