import type { LogName } from '../../contracts/logs';
import type { StorePool } from '../postgres/store-pool';
import type { Wake } from '../postgres/wake';
import { addAgain } from './delivery-store';
import type { ClaimedReplay, NewDelivery, WebhookFilter } from './webhook';

/** A replay waits while this many messages of its webhook wait: it must not fill the table for a slow endpoint. */
const MOST_WAITING = 2_000;

interface Row extends WebhookFilter {
  readonly id: string;
  readonly log: LogName;
  readonly since: string;
  readonly cursor: object | null;
}

/** A replay on its way: of events recorded since a moment, or those after its cursor. */
export interface IncompleteReplay {
  /** The webhook. */
  readonly id: string;
  readonly since: string;
  /** Null before the first portion. */
  readonly cursor: object | null;
}

/** The requested replays of webhooks. One relay at a time carries a replay out, under a lease on its row. */
export class ReplayStore {
  constructor(
    private readonly pool: StorePool,
    private readonly added: Wake,
  ) {}

  /** Claims a replay with a portion to carry out; undefined when there is none. */
  async claim(owner: string, leaseMs: number): Promise<ClaimedReplay | undefined> {
    const [row] = await this.pool.$queryRaw<Row[]>`
      UPDATE webhook_replay AS r
      SET owner = ${owner}, leased_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1_000})
      FROM webhook w
      WHERE w.id = r.webhook_id AND (r.webhook_id, r.log) = (
        SELECT webhook_id, log FROM webhook_replay o
        WHERE (leased_until IS NULL OR leased_until < clock_timestamp())
          AND (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = o.webhook_id
            AND d.state = 'pending' LIMIT ${MOST_WAITING}::int) AS waiting) < ${MOST_WAITING}::int
        ORDER BY webhook_id, log LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING w.id, r.log, w.types, w.nodes, w.channels, iso(r.from_at) AS since, r.cursor`;
    if (!row) return undefined;
    const { log, cursor, ...audience } = row;
    return { log, cursor, audience };
  }

  /** Lists the replays of one log that are not complete. */
  async incomplete(log: LogName): Promise<readonly IncompleteReplay[]> {
    return this.pool.$queryRaw<IncompleteReplay[]>`
      SELECT webhook_id AS id, iso(from_at) AS since, cursor FROM webhook_replay WHERE log = ${log}`;
  }

  /**
   * Adds the messages of one portion and moves the replay to `next`, or ends it with null. It does nothing when another
   * relay has taken over or the replay was requested anew.
   */
  async addPortion(
    { log, audience: { id } }: ClaimedReplay,
    owner: string,
    deliveries: readonly NewDelivery[],
    next: object | null,
  ): Promise<void> {
    await this.pool.transaction(async (session) => {
      const moved =
        next === null
          ? await session.$executeRaw`
              DELETE FROM webhook_replay WHERE webhook_id = ${id} AND log = ${log} AND owner = ${owner}`
          : await session.$executeRaw`
              UPDATE webhook_replay SET cursor = ${JSON.stringify(next)}::jsonb, leased_until = NULL
              WHERE webhook_id = ${id} AND log = ${log} AND owner = ${owner}`;
      if (moved > 0) await addAgain(session, deliveries);
    });
    this.added.tell();
  }
}
