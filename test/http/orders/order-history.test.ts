import { WebUiLinks } from '../../../src/http/framework/web-ui-links';
import { orderView } from '../../../src/http/orders/order-view';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from '../../../src/stores/orders/order-rows';
import { NO_PERSONAL_DATA } from '../../../src/stores/orders/personal-data';
import { itemAtNodes } from '../../support/item-at-nodes';
import { FollowedOrder } from '../support/followed-order';
import { type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };
const LINKS = new WebUiLinks({ address: 'http://127.0.0.1:8233', namespace: 'default' });

let api: LiveApi;

/** Keeps every saved state of every order aside, as a constant reader would see them. */
beforeAll(async () => {
  api = await openLiveApi();
  await api.fixture.sql(`
    CREATE TABLE orders.seen (LIKE orders."order");
    CREATE FUNCTION orders.see() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO orders.seen SELECT NEW.*; RETURN NULL; END $$;
    CREATE TRIGGER see AFTER INSERT OR UPDATE ON orders."order" FOR EACH ROW EXECUTE FUNCTION orders.see()`);
});
afterAll(async () => {
  // The close rebuilds the rows, which the trigger would see.
  await api.fixture.sql(
    'DROP TRIGGER see ON orders."order"; DROP FUNCTION orders.see(); DROP TABLE orders.seen',
  );
  expect(await api.close()).toEqual([]);
});

const read = async (id: string, asOf: string) =>
  api.call('GET', `/v1/orders/${id}?asOf=${encodeURIComponent(asOf)}`);

async function seenOf(id: string) {
  const { client } = api.fixture.context.stores.orders;
  const rows = await client.$queryRaw<{ row: OrderRow }[]>`
    SELECT ${orderRow} AS "row" FROM seen o WHERE id = ${id} ORDER BY stream_version`;
  return rows.map(({ row }) => ({ version: streamVersionOf(row), order: toOrder(row) }));
}

/** Returns the links of an order as of a moment: the log does not name the workflow that carried it. */
function searched({ links }: { readonly links: Readonly<Record<string, string>> }) {
  return { ...links, webUi: links.webUiSearch };
}

/**
 * Creates an order that is revised up and down, rejected in part by a node, shipped in part, and cancelled for the
 * rest.
 */
async function anEventfulOrder(): Promise<string> {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 4, 'wh-south': 4 });
  const { id } = await placeOrder(api, sku, 6);
  const revision = { baseVersion: 1, lines: [{ lineId: '1', sku, quantity: 5, unitPrice: 90 }] };
  const { items } = (await api.call('GET', `/v1/orders/${id}/shipments`)).json;
  const [first, second] = items as { id: string; lines: { lineId: string }[] }[];
  const rejection = { lineId: '1', quantity: 1, reason: 'DAMAGED' };
  const answers = [
    await api.call('POST', `/v1/orders/${id}/revise`, revision, { ...WAIT, 'Idempotency-Key': newKey() }),
    await api.call('POST', `/v1/shipments/${first?.id}/accept`, undefined, WAIT),
    await api.call('POST', `/v1/shipments/${first?.id}/reject`, rejection, {
      ...WAIT,
      'Idempotency-Key': newKey(),
    }),
    await api.call('POST', `/v1/shipments/${second?.id}/accept`, undefined, WAIT),
    await api.call('POST', `/v1/shipments/${second?.id}/ship`, undefined, WAIT),
    await api.call('POST', `/v1/orders/${id}/cancel`, undefined, WAIT),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return id;
}

describe('an order as of a moment', () => {
  it('equals at every event the read of that moment', async () => {
    const id = await anEventfulOrder();
    const seen = await seenOf(id);
    expect(seen.length).toBeGreaterThan(10);
    const { items } = (await api.call('GET', `/v1/orders/${id}/events`)).json;
    const ofOrder = items.filter(({ stream }: { stream: string }) => stream === `order/${id}`);
    for (const { version, order } of seen) {
      const { occurredAt: asOf } = ofOrder[version - 1];
      // The clock cannot tell two transactions within one millisecond apart.
      if (ofOrder[version]?.occurredAt === asOf) continue;
      const { status, json } = await read(id, asOf);
      expect([status, json]).toEqual([
        200,
        { ...orderView({ order, commands: [], personal: NO_PERSONAL_DATA }, LINKS), asOf },
      ]);
    }
    const now = (await api.call('GET', `/v1/orders/${id}`)).json;
    const last = ofOrder.at(-1).occurredAt;
    expect((await read(id, last)).json).toEqual({ ...now, asOf: last, links: searched(now) });
  });

  it('is PENDING as of createdAt, and in its present state as of updatedAt', async () => {
    const { id, ...now } = await placeOrder(api, await itemAtNodes(api.fixture, { 'wh-north': 1 }), 1);
    const { status, json } = await read(id, now.createdAt);
    expect([status, json.status, json.updatedAt]).toEqual([200, 'PENDING', now.createdAt]);
    expect((await read(id, now.updatedAt)).json).toEqual({
      id,
      ...now,
      asOf: now.updatedAt,
      links: searched(now),
    });
  });

  it('is 404 before its record, and refuses a moment in the future', async () => {
    const { id, createdAt } = await placeOrder(api, await itemAtNodes(api.fixture, { 'wh-north': 1 }), 1);
    const before = new Date(Date.parse(createdAt) - 1).toISOString();
    expect((await read(id, before)).status).toBe(404);
    expect((await read('ord_0000000000000000', before)).status).toBe(404);
    const ahead = await read(id, new Date(Date.now() + 60_000).toISOString());
    expect([ahead.status, ahead.json.errors]).toEqual([
      400,
      [{ field: 'asOf', message: 'must not lie in the future' }],
    ]);
  });

  it.each(['yesterday', '2026-02-30T00:00:00Z', '2026-01-01', '0000-01-01T00:00:00Z', ''])(
    'cannot be of %p',
    async (moment) => {
      const { status, json } = await read('ord_0000000000000000', moment);
      expect([status, json.errors[0].field]).toEqual([400, 'asOf']);
    },
  );
});

test('a stream opened at the 202 sends every event of an order until it is delivered', async () => {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 2 });
  const lines = [{ sku, quantity: 2, unitPrice: 100 }];
  const body = { customerId: sku, currency: 'EUR', lines, shipTo: { region: 'north' } };
  const { id } = (await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': newKey() })).json;
  const stream = await FollowedOrder.open(api.url, id);
  const happened = async (type: string) => {
    const has = () => stream.messages.some(({ event }) => event === type);
    while (!has()) await stream.until(stream.messages.length + 1);
  };
  await happened('orders.order-approved.v1');
  const { items } = (await api.call('GET', `/v1/orders/${id}/shipments`)).json;
  for (const what of ['accept', 'ship', 'deliver']) {
    await api.call('POST', `/v1/shipments/${items[0].id}/${what}`, undefined, WAIT);
  }
  await happened('orders.shipment-delivered.v1');
  await happened('orders.payment-captured.v1');
  await happened('inventory.stock-consumed.v1');
  const told = (await api.call('GET', `/v1/orders/${id}/events`)).json.items;
  const idsOf = (events: readonly { id: string }[]) => events.map((event) => event.id).sort();
  const seen = await stream.until(told.length);
  expect(idsOf(seen.map(({ data }) => data))).toEqual(idsOf(told));
  await stream.leave();
});
