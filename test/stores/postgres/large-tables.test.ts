import { Client } from 'pg';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { carried } from '../../support/direct-saga';
import { acceptOf, cancelOf, rejectOf, reviseOf, shipOf } from '../../support/new-commands';
import { shipmentAt } from '../../support/order-changes';
import { type PlanNode, planned } from '../../support/planned-statement';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { cause, openShops, order, type Shop, stockUp } from '../shop';

/** The tables that grow with every order, by schema. */
const GROWING = {
  orders: ['command', 'order', 'shipment', 'step_answer'],
  inventory: ['reservation', 'allocation', 'step_answer'],
  credit: ['hold', 'step_answer'],
} as const satisfies Record<string, readonly string[]>;
type Schema = keyof typeof GROWING;

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
/** A migrated and empty database: its plans are those that a new service makes and keeps. */
let empty: TestDatabase;
let planner: Client;

beforeAll(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(shop.stores, { apple: { n1: 1_000 }, pear: { n1: 1_000, n2: 1_000 } });
  empty = await createTestDatabase();
  planner = new Client({ connectionString: empty.url });
  await planner.connect();
});

afterAll(async () => {
  await planner.end();
  await empty.drop();
  await shops.close();
});

interface Asked {
  readonly schema: Schema;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Returns every statement with parameters that the stores send while `work` runs. */
async function askedDuring(work: () => Promise<unknown>): Promise<readonly Asked[]> {
  const query = jest.spyOn(Client.prototype, 'query');
  await work();
  const asked = query.mock.calls.flatMap(([config], at) => {
    const { text, values } = config as unknown as { text?: string; values?: readonly unknown[] };
    const { options } = (query.mock.contexts[at] as unknown as { connectionParameters: { options?: string } })
      .connectionParameters;
    const schema = /search_path=(\w+)/.exec(options ?? '')?.[1] as Schema | undefined;
    return text !== undefined && values && schema ? [{ schema, text, values }] : [];
  });
  query.mockRestore();
  return asked;
}

/** Returns the growing tables that a statement scans from end to end, under the plan of the stores' steps. */
async function walkedBy({ schema, text, values }: Asked): Promise<readonly string[]> {
  await planner.query(`SET search_path = ${schema}`);
  const growing: readonly string[] = GROWING[schema];
  return walksIn(await planned(planner, { text, values: [...values] })).filter((table) =>
    growing.includes(table),
  );
}

/** Returns the tables with a scan that no index condition narrows, of the table itself or of a whole index. */
function walksIn(plan: PlanNode): readonly string[] {
  const { 'Node Type': kind, 'Relation Name': table, 'Index Cond': narrowed, Plans = [] } = plan;
  const isWalk = table !== undefined && /^(Seq|Index|Index Only) Scan$/.test(kind) && narrowed === undefined;
  return [...(isWalk ? [table] : []), ...Plans.flatMap(walksIn)];
}

/** Runs orders and commands of every kind on them, each from its record to its close. */
async function trade(): Promise<void> {
  const { stores } = shop;
  const carry = (command: NewCommand) => carried(stores, [command]);
  const placed = async (id: string) => {
    await carry(
      order(id, [
        ['apple', 2],
        ['pear', 3],
      ]),
    );
    return current(id);
  };
  const current = async (id: string) => {
    const [found] = (await stores.ordersReads.orders([`ord_${id}`])).values();
    if (!found) throw new Error(`no order ${id}`);
    return found;
  };
  await carry(cancelOf(await placed('cancelled')));
  const revised = await placed('revised');
  for (const quantity of [4, 1])
    await carry(
      reviseOf(
        await current('revised'),
        revised.lines.map(({ lineId, sku, unitPrice }) => ({ lineId, sku, quantity, unitPrice })),
      ),
    );
  const shipped = await placed('shipped');
  await carry(acceptOf(shipped, shipmentAt(shipped)));
  await carry(shipOf(shipped, shipmentAt(shipped)));
  const rejected = await placed('rejected');
  await carry(rejectOf(rejected, shipmentAt(rejected), { lineId: '2', quantity: 1, reason: 'NO_CAPACITY' }));
}

test('no statement of a command scans a table that grows with every order', async () => {
  const asked = await askedDuring(trade);
  const distinct = [...new Map(asked.map((one) => [`${one.schema} ${one.text}`, one])).values()];
  expect(distinct.length).toBeGreaterThanOrEqual(20);
  const walks: string[] = [];
  for (const one of distinct)
    for (const table of await walkedBy(one))
      walks.push(`${one.schema}.${table}: ${one.text.replaceAll(/\s+/g, ' ').slice(0, 120)}`);
  expect(walks).toEqual([]);
});
