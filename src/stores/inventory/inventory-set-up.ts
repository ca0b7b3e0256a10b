import type { Decision, StepAnswer } from '../../domain/decision';
import {
  changesHands,
  type DeclaredSource,
  decideSetNode,
  decideSetSource,
  decideSetUp,
  type Item,
  type KindSettled,
  losesSections,
  type SetUpEvent,
  type Source,
  type StockNode,
} from '../../domain/inventory/setup/set-up';
import type { Forms } from '../../domain/inventory/setup/supply-form';
import { type StreamKey, streamOf } from '../../names/stream-key';
import type { Prisma, PrismaClient } from '../generated/inventory/client';
import { type Cause, PendingLog } from '../log/event-log';
import { readClock } from '../postgres/clock';
import { inTransaction } from '../postgres/transaction';
import type { Wake } from '../postgres/wake';
import { lastVersion } from './set-up-removals';
import { lockStock } from './stock-lock';

type Session = Prisma.TransactionClient;
type Versioned<T> = { readonly current: T; readonly version: number } | undefined;

/** The set-up of nodes, sources and items. Each is a small row with a stream of its own. */
export class InventorySetUp {
  constructor(
    private readonly client: PrismaClient,
    private readonly saved: Wake,
  ) {}

  async setNode(node: StockNode, cause: Cause): Promise<StepAnswer | KindSettled> {
    return this.#put<StockNode, StepAnswer | KindSettled>({ kind: 'node', id: node.id }, cause, {
      load: (session) => loadNode(session, node.id),
      async decide(session, current) {
        const isStocked = changesHands(current, node) && (await isStockedForNow(session, node.id));
        const hasSections = losesSections(current, node) && (await isReportedBySections(session, node.id));
        return decideSetNode(current, node, { isStocked, hasSections });
      },
      save(session, { version: streamVersion, now: setAt }) {
        const row = { ...node, streamVersion, setAt };
        return session.node.upsert({ where: { id: node.id }, create: row, update: row });
      },
    });
  }

  async setSource(wanted: DeclaredSource, cause: Cause): Promise<StepAnswer> {
    return this.#put<Source, StepAnswer>({ kind: 'source', id: wanted.id }, cause, {
      load: (session) => loadSource(session, wanted.id),
      async decide(session, current) {
        return decideSetSource(current, wanted, current?.forms ?? (await formerForms(session, wanted.id)));
      },
      save(session, { version: streamVersion, piece: source }) {
        const row = {
          ...source,
          nodes: [...source.nodes],
          forms: JSON.parse(JSON.stringify(source.forms)),
          streamVersion,
        };
        return session.source.upsert({ where: { id: source.id }, create: row, update: row });
      },
    });
  }

  async setItem(item: Item, cause: Cause): Promise<StepAnswer> {
    const wanted: SetUpEvent = { type: 'inventory.item-set.v1', data: item };
    return this.#put({ kind: 'item', sku: item.sku }, cause, {
      load: (session) => loadItem(session, item.sku),
      decide: async (_session, current) => decideSetUp(current, wanted),
      save(session, { version: streamVersion }) {
        const row = { ...item, backorder: { ...item.backorder }, tags: [...item.tags], streamVersion };
        return session.item.upsert({ where: { sku: item.sku }, create: row, update: row });
      },
    });
  }

  async node(id: string): Promise<StockNode | undefined> {
    return (await loadNode(this.client, id))?.current;
  }

  async source(id: string): Promise<Source | undefined> {
    return (await loadSource(this.client, id))?.current;
  }

  async item(sku: string): Promise<Item | undefined> {
    return (await loadItem(this.client, sku))?.current;
  }

  /** Lists the nodes after an id, in order of their ids. */
  async nodes(after: string, limit: number): Promise<readonly StockNode[]> {
    const rows = await this.client.node.findMany({ ...pageAfter('id', after), take: limit });
    return rows.map(toNode);
  }

  /** Lists the sources after an id, in order of their ids. */
  async sources(after: string, limit: number): Promise<readonly Source[]> {
    const rows = await this.client.source.findMany({ ...pageAfter('id', after), take: limit });
    return rows.map(toSource);
  }

  /** Lists the items after a SKU, in order of their SKUs. */
  async items(after: string, limit: number): Promise<readonly Item[]> {
    const rows = await this.client.item.findMany({ ...pageAfter('sku', after), take: limit });
    return rows.map(toItem);
  }

  /** Returns the kind of each given node that exists. */
  async kindsOfNodes(ids: readonly string[]): Promise<ReadonlyMap<string, StockNode['kind']>> {
    const where = { id: { in: [...ids] } };
    const rows = await this.client.node.findMany({ where, select: { id: true, kind: true } });
    return new Map(rows.map(({ id, kind }) => [id, kind as StockNode['kind']]));
  }

  /** Returns the given SKUs that exist as items. */
  async knownItems(skus: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.client.item.findMany({
      where: { sku: { in: [...skus] } },
      select: { sku: true },
    });
    return new Set(rows.map(({ sku }) => sku));
  }

  async #put<Piece extends SetUpEvent['data'], Answer>(
    key: StreamKey,
    cause: Cause,
    { load, decide, save }: Putting<Piece, Answer>,
  ): Promise<Answer> {
    const put = await inTransaction(this.client, async (session: Session) => {
      const now = await readClock(session);
      const loaded = await load(session);
      const { answer, events } = await decide(session, loaded?.current);
      if (events.length === 0) return answer;
      const log = new PendingLog(now);
      const before = {
        state: loaded?.current,
        version: loaded?.version ?? (await lastVersion(session, key)),
      };
      const opened = log.open<SetUpEvent['data'] | undefined, SetUpEvent>(key, before, (_, { data }) => data);
      for (const event of events) opened.append(event, cause);
      await save(session, { piece: opened.state as Piece, version: opened.version, now });
      await session.$executeRaw(log.insertion());
      return answer;
    });
    this.saved.tell();
    return put;
  }
}

/** Returns the part of a query that reads the rows after a key, in order of that key. */
function pageAfter<Key extends string>(key: Key, after: string) {
  return {
    where: { [key]: { gt: after } } as Record<Key, { gt: string }>,
    orderBy: { [key]: 'asc' } as Record<Key, 'asc'>,
  };
}

/** The load, decision and save of one kind of set-up resource. */
interface Putting<Piece, Answer> {
  load(session: Session): Promise<Versioned<Piece>>;
  decide(session: Session, current: Piece | undefined): Promise<Decision<Answer, SetUpEvent>>;
  /** Writes the row, as the decision's events leave it. */
  save(session: Session, saved: { piece: Piece; version: number; now: string }): Promise<unknown>;
}

/**
 * Returns true when a node has a stock row. The table lock keeps the answer true until this transaction ends.
 * @throws when a writer of stock holds its lock for longer than 1.5 s; the caller may retry
 */
async function isStockedForNow(session: Session, nodeId: string): Promise<boolean> {
  await lockStock(session, 'SHARE');
  const [found] = await session.$queryRaw<{ isStocked: boolean }[]>`
    SELECT EXISTS (SELECT FROM stock WHERE node_id = ${nodeId}) AS "isStocked"`;
  return found?.isStocked ?? false;
}

/**
 * Reads the forms of a source that was removed: its epochs continue as its log does, so that no supply of an earlier
 * form counts again.
 */
async function formerForms(session: Session, id: string): Promise<Forms> {
  const [last] = await session.$queryRaw<{ forms: Forms }[]>`
    SELECT data->'forms' AS forms FROM event
    WHERE stream = ${streamOf({ kind: 'source', id })} AND type = 'inventory.source-set.v1' ORDER BY version DESC LIMIT 1`;
  return last?.forms ?? {};
}

async function isReportedBySections(session: Session, nodeId: string): Promise<boolean> {
  const [found] = await session.$queryRaw<{ hasSections: boolean }[]>`
    SELECT EXISTS (SELECT FROM source
      WHERE nodes @> ARRAY[${nodeId}] AND forms->${nodeId}::text->>'kind' = 'sections') AS "hasSections"`;
  return found?.hasSections ?? false;
}

type RowOf<Table extends 'node' | 'source' | 'item'> = NonNullable<
  Awaited<ReturnType<PrismaClient[Table]['findUnique']>>
>;

async function loadNode(session: Session, id: string): Promise<Versioned<StockNode>> {
  const row = await session.node.findUnique({ where: { id } });
  return row ? { current: toNode(row), version: row.streamVersion } : undefined;
}

async function loadSource(session: Session, id: string): Promise<Versioned<Source>> {
  const row = await session.source.findUnique({ where: { id } });
  return row ? { current: toSource(row), version: row.streamVersion } : undefined;
}

async function loadItem(session: Session, sku: string): Promise<Versioned<Item>> {
  const row = await session.item.findUnique({ where: { sku } });
  return row ? { current: toItem(row), version: row.streamVersion } : undefined;
}

function toNode({ streamVersion: _, setAt: _at, ...node }: RowOf<'node'>): StockNode {
  return node as StockNode;
}

function toSource({ streamVersion: _, ...source }: RowOf<'source'>): Source {
  return source as unknown as Source;
}

function toItem({ streamVersion: _, ...item }: RowOf<'item'>): Item {
  return item as unknown as Item;
}
