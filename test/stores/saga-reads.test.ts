import { Client } from 'pg';
import { decideClaimCancel } from '../../src/domain/order/cancel-order';
import { decideAccept, decideShip } from '../../src/domain/order/report-shipment';
import type { OrderPosition, SagaState } from '../../src/stores/orders-reads';
import { SagaReads } from '../../src/stores/saga-reads';
import { remembering } from '../support/asked-statements';
import { blocksRead } from '../support/blocks-read';
import { cause, createOrders, openShops, order, type Shop, stockUp } from './shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(shop.stores, { apple: { n1: 3, n2: 1_000 } });
  await allKinds();
});
afterAll(() => shops.close());

const TERMS = { now: '', acceptSeconds: 60, shipSeconds: 60, captureSeconds: 60, sourcingSeconds: 60 };
const onOrder = (id: string, commandId: string) => ({
  ...cause,
  commandId,
  correlation: `ord_${id}`,
  orderId: `ord_${id}`,
});
const cancel = (id: string) =>
  shop.stores.orders.stepOnce('claimCancel', [onOrder(id, `cancel-${id}`)], ({ order: found }, command) =>
    decideClaimCancel(found, command),
  );

async function ship(id: string, at: number) {
  const shipmentId = `shp_${id}_${at}`;
  const accept = onOrder(id, `accept-${shipmentId}`);
  await shop.stores.orders.step([accept], ({ order: found, now }) =>
    decideAccept(found, { ...accept, shipmentId }, { ...TERMS, now }),
  );
  const command = onOrder(id, `ship-${shipmentId}`);
  await shop.stores.orders.stepOnce('shipShipment', [command], ({ order: found, now }) =>
    decideShip(found, { ...command, shipmentId, tracking: null }, { ...TERMS, now }),
  );
}

/** Orders in every state that a saga can leave them in, and all of them at a few moments. */
async function allKinds() {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  await createOrders(
    shop,
    ids.map((id) => order(id, [['apple', id === 'a' ? 4 : 1]])),
    'saga',
  );
  await ship('a', 1);
  await ship('a', 2);
  await cancel('b');
  await ship('c', 1);
  await cancel('d');
  await ship('e', 1);
  const { client } = shop.stores.orders;
  await client.order.update({ where: { id: 'ord_e' }, data: { compensation: 'needs_attention' } });
  await client.order.update({ where: { id: 'ord_f' }, data: { compensation: 'running' } });
  await client.order.update({ where: { id: 'ord_g' }, data: { status: 'PENDING' } });
  await client.order.updateMany({
    where: { id: { in: ['ord_a', 'ord_b', 'ord_g'] } },
    data: { createdAt: new Date('2026-11-01T00:00:00Z') },
  });
}

async function pagesOf(state: SagaState, size: number): Promise<readonly string[]> {
  const seen: string[] = [];
  let after: OrderPosition | undefined;
  do {
    const page = await shop.stores.sagaReads.ordersUnderWay(state, size, after);
    seen.push(...page.map(({ id }) => id.replace('ord_', '')));
    after = page.at(-1);
  } while (after);
  return seen;
}

test('every order with an open saga is on one page, once, oldest first, whatever the size of pages', async () => {
  for (const size of [1, 2, 3, 100]) {
    expect(await pagesOf('running', size)).toEqual(['a', 'b', 'g', 'c', 'd', 'f']);
    expect(await pagesOf('needs_attention', size)).toEqual(['e']);
    expect(await pagesOf('stuck', size)).toEqual([]);
  }
  const late = { id: { in: ['ord_a', 'ord_d', 'ord_g', 'ord_h'] } };
  await shop.stores.orders.client.order.updateMany({ where: late, data: { updatedAt: new Date(0) } });
  for (const size of [1, 2, 100]) expect(await pagesOf('stuck', size)).toEqual(['a', 'g', 'd']);
});

test('who looks for lost sagas sees none of those that are taken up again', async () => {
  const lost = await shop.stores.ordersReads.openSagas('running', 100);
  expect(lost.map(({ id }) => id)).toEqual(['ord_g', 'ord_f']);
});

test('a saga is stuck once it has taken too long, also where commands are refused on its order all the while', async () => {
  const { orders, ordersReads } = shop.stores;
  const ids = ['q', 'r', 's', 't'];
  await createOrders(
    shop,
    ids.map((id) => order(id, [['apple', 1]])),
    'saga',
  );
  await cancel('q');
  await ship('r', 1);
  await orders.client.order.update({ where: { id: 'ord_s' }, data: { status: 'PENDING' } });
  await orders.client.order.update({ where: { id: 'ord_t' }, data: { compensation: 'running' } });
  await refuseOn(ids);
  const stuck = async () => (await pagesOf('stuck', 100)).filter((id) => ids.includes(id));
  const lost = async () => (await ordersReads.openSagas('stuck', 100)).map(({ id }) => id);
  const taken = async () => (await ordersReads.takenTooLong(100)).map(({ id }) => id);
  expect([await stuck(), await taken()]).toEqual([[], expect.not.arrayContaining(['ord_q'])]);
  await halfAMinuteAgo(ids);
  await refuseOn(ids);
  expect(await stuck()).toEqual(ids);
  expect(await lost()).toEqual(expect.arrayContaining(['ord_s', 'ord_t']));
  expect(await taken()).toContain('ord_q');
});

/** Commands that come too late for what has happened meanwhile. */
async function refuseOn(ids: readonly string[]): Promise<void> {
  const commands = ids.map((id) => onOrder(id, `late-${id}`));
  await shop.stores.orders.step(commands, (_, { commandId }) => ({
    answer: undefined,
    events: [
      { type: 'orders.command-refused.v1', data: { commandId, kind: 'revise', reason: 'VERSION_MISMATCH' } },
    ],
  }));
}

/** All that has happened to these orders so far was then: also where no log may be rewritten. */
async function halfAMinuteAgo(ids: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: shops.database.url, options: '-c search_path=orders' });
  await client.connect();
  await client.query(`SET session_replication_role = replica`);
  const streams = ids.map((id) => `order/ord_${id}`);
  await client.query(`UPDATE event SET occurred_at = occurred_at - interval '31 s' WHERE stream = ANY($1)`, [
    streams,
  ]);
  await client.end();
}

test('answers are gathered from every store that has some', async () => {
  const stored = await shop.stores.sagaReads.storedSteps(['ord_a', 'ship-shp_a_1', 'nothing']);
  expect(Object.fromEntries(stored)).toEqual({
    ord_a: { verdicts: { holdCredit: 'done', commitStock: 'done' }, hasPartners: false },
    'ship-shp_a_1': { verdicts: { shipShipment: 'done' }, hasPartners: false },
  });
  expect(await shop.stores.sagaReads.storedSteps([])).toEqual(new Map());
});

test('thousands of orders that are done, and of shipments that wait, are not looked at', async () => {
  const client = new Client({ connectionString: shops.database.url, options: '-c search_path=orders' });
  await client.connect();
  await client.query(`
    INSERT INTO "order" (id, caller, customer_id, currency, status, lines, total, payment, compensation, region,
      ship_complete, version, stream_version, saga_id, created_at, updated_at)
    SELECT 'old_' || i, 'c', 'ann', 'EUR', 'DELIVERED', '[]', 1, 'captured', 'none', 'eu', false, 1, 1, 's',
      '2026-05-01T00:00:00Z', '2026-05-01T00:00:00Z' FROM generate_series(1, 20000) i;
    INSERT INTO shipment (id, order_id, state, due_at)
    SELECT 'old_' || i, 'old_' || i, CASE WHEN i % 2 = 0 THEN 'DELIVERED' ELSE 'ACCEPTED' END,
      CASE WHEN i % 2 = 0 THEN NULL ELSE now() END FROM generate_series(1, 20000) i;
    ANALYZE`);
  const { session, asked } = remembering(shop.stores.orders.client);
  const after = { createdAt: '2026-01-01T00:00:00.000Z', id: 'ord_0' };
  for (const state of ['running', 'stuck', 'needs_attention'] as const)
    await new SagaReads(session, []).ordersUnderWay(state, 51, after);
  expect(asked).toHaveLength(3);
  for (const statement of asked) expect(await blocksRead(client, statement)).toBeLessThan(150);
  await client.end();
});

test('a command is found in the log without a look at what others have caused', async () => {
  const client = new Client({ connectionString: shops.database.url, options: '-c search_path=orders' });
  await client.connect();
  await client.query(`
    INSERT INTO event (stream, version, type, data, occurred_at, causation, correlation)
    SELECT 'order/many_' || i / 4, i % 4, 'orders.shipment-accepted.v1', '{}', now(),
      CASE i % 4 WHEN 0 THEN 'many_' ELSE 'cmd_many_' END || i / 4, 'many_' || i / 4 FROM generate_series(1, 20000) i;
    ANALYZE`);
  const { session, asked } = remembering(shop.stores.orders.client);
  const found = await new SagaReads(session, []).logged('cancel-b');
  expect(found).toMatchObject({ orderId: 'ord_b', events: [{ type: 'orders.cancel-claimed.v1' }] });
  expect(await new SagaReads(session, []).logged('cancel-nobody')).toBeUndefined();
  for (const statement of asked) expect(await blocksRead(client, statement)).toBeLessThan(30);
  await client.end();
});
