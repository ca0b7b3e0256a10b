import { sqltag as sql } from '@prisma/client/runtime/client';
import {
  type CountsRepeated,
  type FreshnessEvent,
  type LastRepeat,
  lastRepeat,
  type RepeatedCount,
  withRepeat,
} from '../../../domain/inventory/supply/freshness';
import { compositeName } from '../../../names/composite-name';
import { type StreamKey, streamOf } from '../../../names/stream-key';
import type { Cause } from '../../log/event-log';
import type { StepSession } from '../../postgres/store-session';
import type { FeedRow } from './inventory-feed-rows';

/** The most counts in one event: a page of a thousand events then stays small enough to be read. */
const COUNTS_AN_EVENT = 100;

/** A stock row with the repeated counts of its places. */
interface RepeatedStock {
  readonly sku: string;
  readonly nodeId: string;
  repeated: readonly LastRepeat[];
}

type Repeated = Omit<CountsRepeated, 'counts'> & { readonly counts: RepeatedCount[] };

/** The counts of a portion that repeat the previous counts: events for each node, and a value for each stock row. */
export class PortionRepeats {
  readonly #nodes = new Map<string, Repeated>();
  readonly #stock = new Map<string, RepeatedStock>();

  constructor(
    private readonly sourceId: string,
    private readonly receivedAt: string,
  ) {}

  /** Adds a row. `known`: the repeated counts that its stock row was loaded with. */
  add(row: FeedRow, epoch: number, repeats: number, known: readonly LastRepeat[]): void {
    const { sku, nodeId, section, sequence, observedAt } = row;
    const { sourceId, receivedAt } = this;
    const event = this.#nodes.get(nodeId) ?? { sourceId, nodeId, epoch, receivedAt, counts: [] };
    this.#nodes.set(nodeId, event);
    const count = { sku, section, repeats, sequence, observedAt };
    event.counts.push(count);
    const key = compositeName(sku, nodeId);
    const stock = this.#stock.get(key) ?? { sku, nodeId, repeated: known };
    this.#stock.set(key, stock);
    stock.repeated = withRepeat(stock.repeated, lastRepeat(event, count));
  }

  /**
   * Saves the repeated counts. The row of each log is the last lock that a portion takes, in the order of the nodes, and
   * orders the versions of concurrent portions.
   */
  save(session: StepSession, cause: Cause): void {
    if (this.#nodes.size === 0) return;
    const type: FreshnessEvent['type'] = 'inventory.counts-repeated.v1';
    const events = [...this.#nodes.values()].flatMap(({ counts, ...node }) =>
      inPieces(counts).map((piece, at) => ({ node: node.nodeId, at, data: { ...node, counts: piece } })),
    );
    const keys = [...this.#nodes.keys()].map((nodeId) => {
      const key: StreamKey = { kind: 'freshness', sourceId: this.sourceId, nodeId };
      return { node: nodeId, key, stream: streamOf(key) };
    });
    session.save(sql`
      WITH told AS (
        SELECT *, count(*) OVER (PARTITION BY node)::int AS events
        FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS e(node text, at int, data jsonb)),
      repeated AS (
        UPDATE stock SET repeated = r.repeated
        FROM jsonb_to_recordset(${JSON.stringify([...this.#stock.values()])}::jsonb)
          AS r(sku text, "nodeId" text, repeated jsonb)
        WHERE stock.sku = r.sku AND stock.node_id = r."nodeId"),
      heard AS (
        INSERT INTO freshness (source_id, node_id, stream_version)
        SELECT ${this.sourceId}, node, events FROM told WHERE at = 0 ORDER BY node
        ON CONFLICT (source_id, node_id)
          DO UPDATE SET stream_version = freshness.stream_version + excluded.stream_version
        RETURNING source_id, node_id, stream_version)
      INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation, traceparent, caller,
        key_id)
      SELECT stream, key, stream_version - events + at + 1, ${type}, data,
        ${this.receivedAt}::timestamptz, ${cause.commandId}, ${cause.correlation}, ${cause.traceparent ?? null},
        ${cause.caller}, ${cause.keyId ?? null}
      FROM heard JOIN told ON node = node_id
        JOIN jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS k(node text, key jsonb, stream text) USING (node)
      ORDER BY node, at`);
  }
}

function inPieces(counts: readonly RepeatedCount[]): readonly (readonly RepeatedCount[])[] {
  return Array.from({ length: Math.ceil(counts.length / COUNTS_AN_EVENT) }, (_, at) =>
    counts.slice(at * COUNTS_AN_EVENT, (at + 1) * COUNTS_AN_EVENT),
  );
}
