import { done, type StepAnswer, unchanged } from '../domain/decision';
import {
  decideSetUp,
  type Item,
  type SetUpEvent,
  type Source,
  type StockNode,
} from '../domain/inventory/set-up';
import { type Cause, PendingLog } from './event-log';
import type { Prisma, PrismaClient } from './generated/inventory/client';
import { inTransaction } from './transaction';

type Session = Prisma.TransactionClient;
type Versioned<T> = { readonly current: T; readonly version: number } | undefined;

/** Nodes, sources and items: small rows that a person or a script puts in place, each a stream of its own. */
export class InventorySetUp {
  constructor(private readonly client: PrismaClient) {}

  async setNode(node: StockNode, cause: Cause): Promise<StepAnswer> {
    const wanted: SetUpEvent = { type: 'inventory.node-set.v1', data: node };
    return this.#put(
      `node/${node.id}`,
      wanted,
      cause,
      (session) => loadNode(session, node.id),
      (session, streamVersion) => {
        const row = { ...node, streamVersion };
        return session.node.upsert({ where: { id: node.id }, create: row, update: row });
      },
    );
  }

  async setSource(source: Source, cause: Cause): Promise<StepAnswer> {
    const wanted: SetUpEvent = { type: 'inventory.source-set.v1', data: source };
    return this.#put(
      `source/${source.id}`,
      wanted,
      cause,
      (session) => loadSource(session, source.id),
      (session, streamVersion) => {
        const row = { ...source, nodes: [...source.nodes], streamVersion };
        return session.source.upsert({ where: { id: source.id }, create: row, update: row });
      },
    );
  }

  async setItem(item: Item, cause: Cause): Promise<StepAnswer> {
    const wanted: SetUpEvent = { type: 'inventory.item-set.v1', data: item };
    return this.#put(
      `item/${item.sku}`,
      wanted,
      cause,
      (session) => loadItem(session, item.sku),
      (session, streamVersion) => {
        const row = { ...item, backorder: { ...item.backorder }, streamVersion };
        return session.item.upsert({ where: { sku: item.sku }, create: row, update: row });
      },
    );
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

  /** Of these node ids, those that exist. */
  async knownNodes(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.client.node.findMany({ where: { id: { in: [...ids] } }, select: { id: true } });
    return new Set(rows.map(({ id }) => id));
  }

  /** Of these SKUs, those of items that exist. */
  async knownItems(skus: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.client.item.findMany({
      where: { sku: { in: [...skus] } },
      select: { sku: true },
    });
    return new Set(rows.map(({ sku }) => sku));
  }

  async #put<T extends SetUpEvent['data']>(
    stream: string,
    wanted: SetUpEvent,
    cause: Cause,
    load: (session: Session) => Promise<Versioned<T>>,
    save: (session: Session, version: number) => Promise<unknown>,
  ): Promise<StepAnswer> {
    return inTransaction(this.client, async (session: Session) => {
      const [clock] = await session.$queryRaw<{ now: string }[]>`SELECT iso(clock_timestamp()) AS now`;
      const loaded = await load(session);
      const { answer, events } = loaded
        ? decideSetUp(loaded.current, wanted)
        : { answer: done, events: [wanted] };
      if (events.length === 0 || !clock) return unchanged(answer).answer;
      const log = new PendingLog(clock.now);
      const opened = log.open(
        stream,
        { state: wanted.data, version: loaded?.version ?? 0 },
        (_, event: SetUpEvent) => event.data,
      );
      for (const event of events) opened.append(event, cause);
      await save(session, opened.version);
      await session.$executeRaw(log.insertion());
      return answer;
    });
  }
}

async function loadNode(session: Session, id: string): Promise<Versioned<StockNode>> {
  const row = await session.node.findUnique({ where: { id } });
  if (!row) return undefined;
  const { streamVersion, ...node } = row;
  return { current: node as StockNode, version: streamVersion };
}

async function loadSource(session: Session, id: string): Promise<Versioned<Source>> {
  const row = await session.source.findUnique({ where: { id } });
  if (!row) return undefined;
  const { streamVersion, ...source } = row;
  return { current: source as Source, version: streamVersion };
}

async function loadItem(session: Session, sku: string): Promise<Versioned<Item>> {
  const row = await session.item.findUnique({ where: { sku } });
  if (!row) return undefined;
  const { streamVersion, ...item } = row;
  return { current: item as unknown as Item, version: streamVersion };
}
