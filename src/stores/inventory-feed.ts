import type { Source } from '../domain/inventory/set-up';
import type { FeedAnswer } from '../domain/inventory/supply-feed';
import type { Cause } from './event-log';
import type { PrismaClient } from './generated/inventory/client';
import { loadPortion, lockPortion, savePortion } from './inventory-feed-portion';
import { inTransaction } from './transaction';

interface ReportedRow {
  readonly messageId: string;
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string | null;
  readonly sequence: number;
  readonly observedAt: string;
}

/** How many there are of one item in one section of a node. */
export interface CountRow extends ReportedRow {
  readonly count: number;
}

/** How many came or, below zero, went. */
export interface MovementRow extends ReportedRow {
  readonly movement: number;
}

export type FeedRow = CountRow | MovementRow;

/** Rows in one transaction: large enough to be cheap, small enough that sagas on the same rows do not stall. */
export const PORTION = 500;

/** Supply as sources report it. */
export class InventoryFeed {
  constructor(private readonly client: PrismaClient) {}

  /** Applies rows in order, a portion a transaction, and answers for each; a bad row stops nobody else's. */
  async apply(source: Source, rows: readonly FeedRow[], cause: Cause): Promise<readonly FeedAnswer[]> {
    const answers: FeedAnswer[] = [];
    for (let from = 0; from < rows.length; from += PORTION) {
      answers.push(...(await this.#applyPortion(source, rows.slice(from, from + PORTION), cause)));
    }
    return answers;
  }

  async #applyPortion(
    source: Source,
    rows: readonly FeedRow[],
    cause: Cause,
  ): Promise<readonly FeedAnswer[]> {
    return inTransaction(this.client, async (session) => {
      await lockPortion(session, rows);
      const portion = await loadPortion(session, source, rows);
      const answers = rows.map((row) => portion.apply(row, cause));
      await savePortion(session, portion);
      return answers;
    });
  }
}
