import type { Source } from '../domain/inventory/set-up';
import {
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
  type SupplyCount,
} from '../domain/inventory/stock';
import { decideCount, type FeedAnswer } from '../domain/inventory/supply-feed';
import { type Cause, type OpenStream, PendingLog } from './event-log';
import type { PrismaClient } from './generated/inventory/client';
import { upsertStock } from './inventory-save';
import type { StoreSession } from './store-session';
import { inTransaction } from './transaction';

/** One row of a feed: an absolute count of one item in one section of a node. */
export interface CountRow {
  readonly messageId: string;
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string | null;
  readonly count: number;
  readonly sequence: number;
  readonly observedAt: string;
}

interface LoadedShelves {
  readonly now: string;
  readonly skus: readonly string[];
  readonly nodes: readonly string[];
  readonly stock: readonly (Stock & { readonly version: number })[];
}

type Shelves = ReadonlyMap<string, OpenStream<Stock, StockEvent>>;

/** Rows in one transaction: large enough to be cheap, small enough that sagas on the same rows do not stall. */
const PORTION = 500;

/** Supply as sources report it. */
export class InventoryFeed {
  constructor(private readonly client: PrismaClient) {}

  /** Applies rows in order, a portion a transaction, and answers for each; a bad row stops nobody else's. */
  async applyCounts(source: Source, rows: readonly CountRow[], cause: Cause): Promise<FeedAnswer[]> {
    const answers: FeedAnswer[] = [];
    for (let from = 0; from < rows.length; from += PORTION) {
      answers.push(...(await this.#applyPortion(source, rows.slice(from, from + PORTION), cause)));
    }
    return answers;
  }

  async #applyPortion(source: Source, rows: readonly CountRow[], cause: Cause): Promise<FeedAnswer[]> {
    return inTransaction(this.client, async (session) => {
      await lockShelves(session, rows);
      const loaded = await loadShelves(session, rows);
      const log = new PendingLog(loaded.now);
      const shelves = openShelves(log, rows, loaded);
      const answers = rows.map((row) => applyRow(source, row, loaded, shelves, cause));
      if (!log.isEmpty) await saveShelves(session, log, shelves);
      return answers;
    });
  }
}

function applyRow(
  source: Source,
  row: CountRow,
  loaded: LoadedShelves,
  shelves: Shelves,
  cause: Cause,
): FeedAnswer {
  const shelf = shelves.get(keyOf(row));
  if (!loaded.skus.includes(row.sku)) return { kind: 'rejected', reason: 'UNKNOWN_SKU' };
  if (!shelf || !loaded.nodes.includes(row.nodeId)) return { kind: 'rejected', reason: 'UNKNOWN_NODE' };
  if (!source.nodes.includes(row.nodeId)) return { kind: 'rejected', reason: 'NODE_NOT_OF_SOURCE' };
  const { sku: _sku, nodeId: _nodeId, messageId, ...reported } = row;
  const count: SupplyCount = {
    ...reported,
    sourceId: source.id,
    basis: source.basis,
    receivedAt: loaded.now,
  };
  const { answer, events } = decideCount(shelf.state, count);
  for (const event of events) shelf.append(event, { ...cause, commandId: messageId });
  return answer;
}

function keyOf({ sku, nodeId }: Pick<CountRow, 'sku' | 'nodeId'>): string {
  return `${sku}/${nodeId}`;
}

async function lockShelves(session: StoreSession, rows: readonly CountRow[]): Promise<void> {
  await session.$queryRaw`
    SELECT 1 FROM stock WHERE (sku, node_id) IN (
      SELECT * FROM unnest(${rows.map(({ sku }) => sku)}::text[], ${rows.map(({ nodeId }) => nodeId)}::text[]))
    ORDER BY sku, node_id FOR UPDATE`;
}

async function loadShelves(session: StoreSession, rows: readonly CountRow[]): Promise<LoadedShelves> {
  const skus = rows.map(({ sku }) => sku);
  const nodes = rows.map(({ nodeId }) => nodeId);
  const [loaded] = await session.$queryRaw<LoadedShelves[]>`
    SELECT iso(clock_timestamp()) AS now,
      (SELECT coalesce(jsonb_agg(sku), '[]') FROM item WHERE sku = ANY(${skus})) AS skus,
      (SELECT coalesce(jsonb_agg(id), '[]') FROM node WHERE id = ANY(${nodes})) AS nodes,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'nodeId', node_id, 'supplies', supplies,
         'unavailable', unavailable, 'held', held, 'committed', committed, 'version', stream_version)), '[]')
       FROM stock WHERE (sku, node_id) IN (SELECT * FROM unnest(${skus}::text[], ${nodes}::text[]))) AS stock`;
  if (!loaded) throw new Error('a load gave no row');
  return loaded;
}

function openShelves(log: PendingLog, rows: readonly CountRow[], loaded: LoadedShelves): Shelves {
  const known = new Map(loaded.stock.map((row) => [keyOf(row), row]));
  return new Map(
    rows.map((row) => {
      const { version, ...state } = known.get(keyOf(row)) ?? {
        ...emptyStock(row.sku, row.nodeId),
        version: 0,
      };
      return [keyOf(row), log.open(`stock/${keyOf(row)}`, { state, version }, evolveStock)];
    }),
  );
}

async function saveShelves(session: StoreSession, log: PendingLog, shelves: Shelves): Promise<void> {
  const touched = [...shelves.values()].filter((shelf) => shelf.isTouched);
  const rows = touched.map(({ state, version }) => ({ stock: state, version }));
  await session.$executeRaw`WITH logged AS (${log.insertion()}) ${upsertStock(rows)}`;
}
