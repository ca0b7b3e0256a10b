import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import {
  type DeferredCount,
  deferredCounts,
  isSamePlace,
  type LastRepeat,
} from '../../domain/inventory/supply/freshness';
import { evolveStock, type Stock, type StockEvent } from '../../domain/inventory/supply/stock';
import type { Cause, OpenStream, PendingLog } from '../log/event-log';

/** The stream of a stock row, with repeated counts that its log does not contain yet. */
export interface StockStream<State> extends OpenStream<State, StockEvent> {
  /** Applies a repeated count to the state. The stream must not be touched. */
  defer(count: DeferredCount): void;
}

/** A stock row as stored: as its log gives it, and the repeated counts of its places. */
export interface StoredStock {
  readonly stock: Stock;
  readonly version: number;
  readonly repeated: readonly LastRepeat[];
}

/** Builds an expression for a row of the table `stock`, or of a query with its columns, as `StoredStock`. */
export function storedStock(row: Sql) {
  return sql`json_build_object('version', ${row}.stream_version, 'repeated', ${row}.repeated, 'stock',
    json_build_object('sku', ${row}.sku, 'nodeId', ${row}.node_id, 'supplies', ${row}.supplies,
      'unavailable', ${row}.unavailable, 'held', ${row}.held, 'committed', ${row}.committed,
      'zeroedAt', iso(${row}.zeroed_at), 'restoredAt', iso(${row}.restored_at)))`;
}

/** Opens the stream of a stored stock row. */
export function openStoredStock(
  log: PendingLog,
  { stock, version, repeated }: StoredStock,
): StockStream<Stock> {
  const { sku, nodeId } = stock;
  const deferred = repeated.length === 0 ? NOTHING_DEFERRED : deferredCounts(stock, repeated);
  const state = deferred.reduce<Stock>(evolveStock, stock);
  return openStock(log, { sku, nodeId, state, version, deferred }, evolveStock);
}

const NOTHING_DEFERRED: readonly DeferredCount[] = [];

/** A loaded stock row. `deferred`: the repeated counts that are part of the state and not of the log. */
interface LoadedStock<State> {
  readonly sku: string;
  readonly nodeId: string;
  readonly state: State;
  readonly version: number;
  readonly deferred: readonly DeferredCount[];
}

/**
 * Opens the stream of a stock row. The first appended event comes after the deferred counts, because its effect depends
 * on their moments. A count replaces the deferred count of its own place.
 */
export function openStock<State>(
  log: PendingLog,
  { sku, nodeId, state, version, deferred }: LoadedStock<State>,
  evolve: (state: State, event: StockEvent) => State,
): StockStream<State> {
  const stream = log.open<State, StockEvent>({ kind: 'stock', sku, nodeId }, { state, version }, evolve);
  let waiting = deferred;
  return {
    get state() {
      return stream.state;
    },
    get version() {
      return stream.version;
    },
    get isTouched() {
      return stream.isTouched;
    },
    append(event: StockEvent, cause: Cause) {
      for (const count of waiting) if (!replaces(event, count)) stream.append(count, cause);
      waiting = [];
      stream.append(event, cause);
    },
    defer(count: DeferredCount) {
      stream.evolve(count);
      waiting = [...waiting.filter((other) => !replaces(count, other)), count];
    },
    evolve: stream.evolve,
  };
}

function replaces(event: StockEvent, count: DeferredCount): boolean {
  return event.type === count.type && isSamePlace(event.data, count.data);
}
