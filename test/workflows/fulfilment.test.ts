import { auditedClose } from '../support/audited-close';
import { itemAtNodes } from '../support/item-at-nodes';
import { onOrder, onShipment, placed, rowOf, shipped } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

async function creditOf(customerId: string) {
  const [row] = await fixture.sql<{ held: number; captured: number }>(
    `SELECT held::int, captured_unpaid::int AS captured FROM credit.account WHERE customer_id = $1`,
    [customerId],
  );
  return row;
}

async function supplyOf(sku: string) {
  const stored = await fixture.sql<{ node_id: string; committed: number }>(
    `SELECT node_id, committed FROM inventory.stock WHERE sku = $1 ORDER BY node_id`,
    [sku],
  );
  return Object.fromEntries(stored.map(({ node_id, committed }) => [node_id, committed]));
}

describe('a shipment', () => {
  test('is accepted, shipped with its stock consumed and its credit captured, and delivered', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 5 });
    const order = await placed(fixture, orderOf([[sku, 2, 1_000]], { customerId: sku }));
    expect(order).toMatchObject({
      status: 'APPROVED',
      shipments: [{ nodeId: 'wh-north', state: 'RELEASED' }],
    });
    const { acceptShipments, deliverShipments } = fixture.context.starters;
    await (await acceptShipments([onShipment(order)])).outcomes;
    expect((await rowOf(fixture, order.id)).status).toBe('FULFILLING');
    const sent = await shipped(fixture, order);
    expect(sent).toMatchObject({ status: 'SHIPPED', payment: 'captured' });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 2_000 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 0 });
    const { facts, now } = await fixture.context.stores.inventoryReads.stockFacts(sku);
    expect(facts).toHaveLength(1);
    expect(now).toBeDefined();
    await (await deliverShipments([onShipment(order)])).outcomes;
    expect((await rowOf(fixture, order.id)).status).toBe('DELIVERED');
  });

  test('of a split order ships and is paid by itself', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 2, 'wh-south': 2 });
    const order = await placed(fixture, orderOf([[sku, 4, 500]], { customerId: sku }));
    expect(order.shipments).toHaveLength(2);
    const half = await shipped(fixture, order, 0);
    expect(half).toMatchObject({ status: 'FULFILLING', payment: 'partly_captured' });
    expect(await creditOf(sku)).toEqual({ held: 1_000, captured: 1_000 });
    expect(await shipped(fixture, order, 1)).toMatchObject({ status: 'SHIPPED', payment: 'captured' });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 2_000 });
  });

  test('reported twice is captured once', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 5 });
    const order = await placed(fixture, orderOf([[sku, 1, 700]], { customerId: sku }));
    await (await fixture.context.starters.acceptShipments([onShipment(order)])).outcomes;
    const report = { ...onShipment(order), tracking: null };
    const again = { ...onShipment(order), tracking: null };
    const outcomes = await Promise.all(
      [report, report, again].map(
        async (one) => (await fixture.context.starters.shipShipments([one])).outcomes,
      ),
    );
    // Whichever of the two commands comes first: the other is refused, as often as it was sent.
    const refused = outcomes.flat().filter(({ kind }) => kind === 'refused');
    expect(new Set(refused.map(({ commandId }) => commandId)).size).toBe(1);
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 700 });
  });
});

describe('a node that cannot deliver', () => {
  test('has its units sourced elsewhere, in a shipment of their own', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3, 'wh-south': 3 });
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    const units = { lineId: '1', quantity: 2, reason: 'NOT_IN_STOCK' } as const;
    await (await fixture.context.starters.rejectUnits([{ ...onShipment(order), ...units }])).outcomes;
    const after = await rowOf(fixture, order.id);
    expect(after).toMatchObject({
      status: 'APPROVED',
      pending: null,
      shipments: [
        { nodeId: 'wh-north', lines: [{ quantity: 1 }] },
        { nodeId: 'wh-south', lines: [{ quantity: 2 }] },
      ],
    });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 1, 'wh-south': 2 });
  });

  test('and nobody else has them: they are cancelled and their credit given back', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 });
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    const units = { lineId: '1', quantity: 2, reason: 'DAMAGED' } as const;
    await (await fixture.context.starters.rejectUnits([{ ...onShipment(order), ...units }])).outcomes;
    const after = await rowOf(fixture, order.id);
    expect(after).toMatchObject({ total: 100, pending: null, lines: [{ quantity: 3, cancelled: 2 }] });
    expect(await creditOf(sku)).toEqual({ held: 100, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 1 });
  });

  test('and the item may be backordered: they wait', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 }, 'unlimited');
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    const units = { lineId: '1', quantity: 3, reason: 'MISMATCH' } as const;
    await (await fixture.context.starters.rejectUnits([{ ...onShipment(order), ...units }])).outcomes;
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'BACKORDERED', total: 300 });
    expect(await creditOf(sku)).toEqual({ held: 300, captured: 0 });
  });
});

describe('an order that is cancelled', () => {
  test('gives everything back before its first shipment', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 });
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    await (await fixture.context.starters.cancelOrders([onOrder(order)])).outcomes;
    expect(await rowOf(fixture, order.id)).toMatchObject({
      status: 'CANCELLED',
      payment: 'unpaid',
      pending: null,
      lastCommand: { kind: 'cancel', outcome: 'done' },
    });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 0 });
  });

  test('gives back only what has not shipped afterwards', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 2, 'wh-south': 2 });
    const order = await placed(fixture, orderOf([[sku, 4, 500]], { customerId: sku }));
    await shipped(fixture, order, 0);
    await (await fixture.context.starters.cancelOrders([onOrder(order)])).outcomes;
    expect(await rowOf(fixture, order.id)).toMatchObject({
      status: 'SHIPPED',
      total: 1_000,
      shipments: [{ state: 'SHIPPED' }, { state: 'CANCELLED' }],
    });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 1_000 });
  });

  test('and shipped at the same moment: exactly one of them wins', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 20 });
    for (let round = 0; round < 10; round++) {
      const order = await placed(fixture, orderOf([[sku, 1, 10]], { customerId: sku }));
      const { acceptShipments, shipShipments, cancelOrders } = fixture.context.starters;
      await (await acceptShipments([onShipment(order)])).outcomes;
      const sagas = await Promise.all([
        shipShipments([{ ...onShipment(order), tracking: null }]),
        cancelOrders([onOrder(order)]),
      ]);
      const kinds = (await Promise.all(sagas.map(({ outcomes }) => outcomes))).flat().map(({ kind }) => kind);
      expect([...kinds].sort()).toEqual(['done', 'refused']);
      const { status, lastCommand } = await rowOf(fixture, order.id);
      expect(status).toBe(kinds[0] === 'done' ? 'SHIPPED' : 'CANCELLED');
      expect(lastCommand).toBeDefined();
    }
  });
});

describe('an order that is revised', () => {
  async function ordered(quantity: number, unitPrice: number) {
    const sku = await itemAtNodes(fixture, { 'wh-north': 10 });
    const order = await placed(fixture, orderOf([[sku, quantity, unitPrice]], { customerId: sku }));
    const revise = (to: number, price: number, baseVersion = order.version) => ({
      ...onOrder(order),
      baseVersion,
      lines: [{ lineId: '1', sku, quantity: to, unitPrice: price }],
    });
    const run = async (command: ReturnType<typeof revise>) =>
      (await fixture.context.starters.reviseOrders([command])).outcomes;
    return { sku, order, revise, run };
  }

  test.each([
    ['more units', 5, 100, 500],
    ['fewer units', 1, 100, 100],
    ['another price', 3, 250, 750],
  ])('has %s, and its stock and credit with them', async (_what, quantity, price, total) => {
    const { sku, order, revise, run } = await ordered(3, 100);
    expect(await run(revise(quantity, price))).toMatchObject([{ kind: 'done' }]);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'APPROVED', version: 2, total });
    expect(await creditOf(sku)).toEqual({ held: total, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': quantity });
  });

  test.each([
    ['stock', 11, 100, 'OUT_OF_STOCK'],
    ['credit', 4, 5_000, 'CREDIT_LIMIT_EXCEEDED'],
  ])('beyond its %s is as it was', async (_what, quantity, price, reason) => {
    const { sku, order, revise, run } = await ordered(3, 100);
    expect(await run(revise(quantity, price))).toMatchObject([{ kind: 'refused', reason }]);
    expect(await rowOf(fixture, order.id)).toMatchObject({
      status: 'APPROVED',
      version: 1,
      total: 300,
      pending: null,
      lastCommand: { kind: 'revise', outcome: 'refused', reason },
    });
    expect(await creditOf(sku)).toEqual({ held: 300, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 3 });
  });

  test('by two at once, or cancelled meanwhile, is so by exactly one', async () => {
    const { order, revise, run, sku } = await ordered(3, 100);
    const [first, second, third] = await Promise.all([
      run(revise(4, 100)),
      run(revise(5, 100)),
      fixture.context.starters.cancelOrders([onOrder(order)]).then(({ outcomes }) => outcomes),
    ]);
    const kinds = [first, second, third].flat().map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'done').length).toBeGreaterThanOrEqual(1);
    await eventually(async () => expect((await rowOf(fixture, order.id)).pending).toBeNull());
    const { total, status } = await rowOf(fixture, order.id);
    expect(await creditOf(sku)).toEqual({ held: status === 'CANCELLED' ? 0 : total, captured: 0 });
  });
});
