import { Client } from 'pg';
import type { NewCommand } from '../../src/stores/command-rows';
import { carried } from '../support/direct-saga';
import { acceptOf, cancelOf, rejectOf, reviseOf, shipOf } from '../support/new-commands';
import { shipmentAt } from '../support/order-changes';
import { cause, openShops, order, type Shop, stockUp } from './shop';

/** By schema, the tables that grow with every order, and what tells a copy of a row from the row. */
const GROWING = {
  orders: {
    command: ['id', 'subject', 'workflow_id'],
    order: ['id'],
    shipment: ['id', 'order_id'],
    step_answer: ['command_id'],
  },
  inventory: { reservation: ['id', 'order_id'], allocation: ['reservation_id'], step_answer: ['command_id'] },
  credit: { hold: ['order_id'], step_answer: ['command_id'] },
} as const satisfies Record<string, Record<string, readonly string[]>>;
type Schema = keyof typeof GROWING;
const COPIES = 5_000;

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
let writer: Client;

beforeAll(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(shop.stores, { apple: { n1: 1_000 }, pear: { n1: 1_000, n2: 1_000 } });
  writer = new Client({ connectionString: shops.database.url });
  await writer.connect();
});

afterAll(async () => {
  await writer.end();
  await shops.close();
});

/** Makes every row of the growing tables one of 5,000 like it, and has PostgreSQL look at them. */
async function grow(): Promise<void> {
  for (const [schema, tables] of Object.entries(GROWING))
    for (const [table, keys] of Object.entries<readonly string[]>(tables)) {
      const name = `${schema}."${table}"`;
      const changed = keys.map((key) => `'${key}', r."${key}" || '-' || i`).join(', ');
      await writer.query(`INSERT INTO ${name}
        SELECT (jsonb_populate_record(NULL::${name}, to_jsonb(r) || jsonb_build_object(${changed}))).*
        FROM (SELECT * FROM ${name} LIMIT 1) r, generate_series(1, ${COPIES}) AS i`);
    }
  await writer.query('ANALYZE');
}

interface Asked {
  readonly schema: Schema;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Every statement with parameters that the stores are asked while `work` runs. */
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

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** The growing tables that a statement walks through from end to end, planned once for all values. */
async function walkedBy({ schema, text, values }: Asked): Promise<readonly string[]> {
  await writer.query(
    `SET search_path = ${schema}; SET plan_cache_mode = force_generic_plan; PREPARE asked AS ${text}`,
  );
  const literals = values.map((value) => (value === null ? 'NULL' : writer.escapeLiteral(literalOf(value))));
  const call = literals.length > 0 ? `asked (${literals.join(', ')})` : 'asked';
  const { rows } = await writer.query(`EXPLAIN (FORMAT JSON) EXECUTE ${call}`);
  await writer.query('DEALLOCATE asked');
  return walksIn(rows[0]['QUERY PLAN'][0].Plan).filter((table) => table in GROWING[schema]);
}

function literalOf(value: unknown): string {
  return Array.isArray(value) ? `{${value.map((one) => JSON.stringify(one)).join(',')}}` : `${value}`;
}

function walksIn({ 'Node Type': kind, 'Relation Name': table, Plans = [] }: Plan): readonly string[] {
  return [...(kind === 'Seq Scan' && table !== undefined ? [table] : []), ...Plans.flatMap(walksIn)];
}

/** Orders, and commands of every kind on them, each from its record to its close. */
async function trade(prefix: string): Promise<void> {
  const { stores } = shop;
  const carry = (command: NewCommand) => carried(stores, [command]);
  const placed = async (id: string) => {
    await carry(
      order(`${prefix}-${id}`, [
        ['apple', 2],
        ['pear', 3],
      ]),
    );
    return current(`${prefix}-${id}`);
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
        await current(`${prefix}-revised`),
        revised.lines.map(({ lineId, sku, unitPrice }) => ({ lineId, sku, quantity, unitPrice })),
      ),
    );
  const shipped = await placed('shipped');
  await carry(acceptOf(shipped, shipmentAt(shipped)));
  await carry(shipOf(shipped, shipmentAt(shipped)));
  const rejected = await placed('rejected');
  await carry(rejectOf(rejected, shipmentAt(rejected), { lineId: '2', quantity: 1, reason: 'NO_CAPACITY' }));
}

test('no statement of a command walks through a table that grows with every order', async () => {
  await trade('before');
  await grow();
  const asked = await askedDuring(() => trade('after'));
  const distinct = [...new Map(asked.map((one) => [`${one.schema} ${one.text}`, one])).values()];
  expect(distinct.length).toBeGreaterThanOrEqual(20);
  const walks: string[] = [];
  for (const one of distinct)
    for (const table of await walkedBy(one))
      walks.push(`${one.schema}.${table}: ${one.text.replaceAll(/\s+/g, ' ').slice(0, 120)}`);
  expect(walks).toEqual([]);
});
