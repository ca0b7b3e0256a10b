import type { Order } from '../../src/domain/order/order';
import { auditedClose } from '../support/audited-close';
import { itemAtNodes } from '../support/item-at-nodes';
import { acceptOf, cancelOf, deliverOf, orderOf, rejectOf, reviseOf, shipOf } from '../support/new-commands';
import {
  carriedOut,
  closed,
  decisionsOn,
  given,
  placed,
  rowOf,
  shipmentAt,
  shipped,
} from '../support/order-changes';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';

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
    `SELECT node_id, committed::float8 AS committed FROM inventory.stock WHERE sku = $1 ORDER BY node_id`,
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
    await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
    expect((await rowOf(fixture, order.id)).status).toBe('FULFILLING');
    await carriedOut(fixture, shipOf(order, shipmentAt(order)));
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'SHIPPED', payment: 'captured' });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 2_000 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 0 });
    const { facts, now } = await fixture.context.stores.inventoryReads.stockFacts(sku);
    expect(facts).toHaveLength(1);
    expect(now).toBeDefined();
    await carriedOut(fixture, deliverOf(order, shipmentAt(order)));
    expect((await rowOf(fixture, order.id)).status).toBe('DELIVERED');
  });

  test('of a split order ships and is captured by itself', async () => {
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
    await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
    const [report, again] = [shipOf(order, shipmentAt(order)), shipOf(order, shipmentAt(order))];
    const answers = await Promise.all([report, report, again].map((one) => given(fixture, one)));
    // One of the two commands is recorded, once; every attempt of the other one is refused.
    expect(answers.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    const refused = answers.filter(({ kind }) => kind === 'refused');
    expect(refused.map((answer) => 'reason' in answer && answer.reason)).toEqual(
      refused.map(() => 'ALREADY_REPORTED'),
    );
    const taken = answers.flatMap((answer) => (answer.kind === 'recorded' ? [answer.row.id] : []));
    await closed(fixture, taken[0] ?? '');
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 700 });
  });
});

describe('a node that cannot deliver', () => {
  test('has its units allocated at another node, in a shipment of their own', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3, 'wh-south': 3 });
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    const units = { lineId: '1', quantity: 2, reason: 'NOT_IN_STOCK' } as const;
    await carriedOut(fixture, rejectOf(order, shipmentAt(order), units));
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

  test('where no other node has the units: they are cancelled and their credit is released', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 });
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    const units = { lineId: '1', quantity: 2, reason: 'DAMAGED' } as const;
    await carriedOut(fixture, rejectOf(order, shipmentAt(order), units));
    const after = await rowOf(fixture, order.id);
    expect(after).toMatchObject({ total: 100, pending: null, lines: [{ quantity: 3, cancelled: 2 }] });
    expect(await creditOf(sku)).toEqual({ held: 100, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 1 });
  });

  test('where the item may be backordered: the units are backordered', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 }, 'unlimited');
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    const units = { lineId: '1', quantity: 3, reason: 'MISMATCH' } as const;
    await carriedOut(fixture, rejectOf(order, shipmentAt(order), units));
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'BACKORDERED', total: 300 });
    expect(await creditOf(sku)).toEqual({ held: 300, captured: 0 });
  });
});

describe('an order that is cancelled', () => {
  test('releases everything before its first shipment', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 });
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    await carriedOut(fixture, cancelOf(order));
    expect(await rowOf(fixture, order.id)).toMatchObject({
      status: 'CANCELLED',
      payment: 'unpaid',
      pending: null,
      lastCommand: { kind: 'cancel', outcome: 'done' },
    });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 0 });
  });

  test('releases only the unshipped units after it', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 2, 'wh-south': 2 });
    const order = await placed(fixture, orderOf([[sku, 4, 500]], { customerId: sku }));
    await shipped(fixture, order, 0);
    await carriedOut(fixture, cancelOf(order));
    expect(await rowOf(fixture, order.id)).toMatchObject({
      status: 'SHIPPED',
      total: 1_000,
      shipments: [{ state: 'SHIPPED' }, { state: 'CANCELLED' }],
    });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 1_000 });
  });

  test('and shipped at the same moment is either cancelled or shipped', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 20 });
    for (let round = 0; round < 10; round++) {
      const order = await placed(fixture, orderOf([[sku, 1, 10]], { customerId: sku }));
      await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
      const [shipping, cancelling] = [shipOf(order, shipmentAt(order)), cancelOf(order)];
      const answers = await Promise.all([given(fixture, shipping), given(fixture, cancelling)]);
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['recorded', 'refused']);
      const hasShipped = answers[0]?.kind === 'recorded';
      await closed(fixture, hasShipped ? shipping.id : cancelling.id);
      expect((await rowOf(fixture, order.id)).status).toBe(hasShipped ? 'SHIPPED' : 'CANCELLED');
    }
  });

  test('while it is PENDING is rejected at once, and its own saga compensates', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 3 });
    const command = orderOf([[sku, 3, 100]], { customerId: sku });
    const cancelling = cancelOf({ id: command.id, customerId: sku });
    let wasRejectedAt: string | undefined;
    fixture.interpose('decideOrder', async (decide, input) => {
      expect(await given(fixture, cancelling)).toMatchObject({ kind: 'recorded', row: { isClosed: true } });
      wasRejectedAt = (await rowOf(fixture, command.id)).status;
      return decide(input);
    });
    await placed(fixture, command);
    fixture.interpose('decideOrder', undefined);
    expect(wasRejectedAt).toBe('REJECTED');
    expect(await decisionsOn(fixture, [command, cancelling])).toEqual(['CANCELLED', 'rejected-order']);
    expect(await rowOf(fixture, command.id)).toMatchObject({ status: 'REJECTED', reason: 'CANCELLED' });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 0 });
  });
});

describe('an order that is revised', () => {
  async function ordered(quantity: number, unitPrice: number) {
    const sku = await itemAtNodes(fixture, { 'wh-north': 10 });
    const order = await placed(fixture, orderOf([[sku, quantity, unitPrice]], { customerId: sku }));
    return { sku, order };
  }

  const to = (order: Order, quantity: number, unitPrice: number) =>
    reviseOf(order, [{ lineId: '1', sku: order.lines[0]?.sku ?? '', quantity, unitPrice }]);

  test.each([
    ['more units', 5, 100, 500],
    ['fewer units', 1, 100, 100],
    ['another price', 3, 250, 750],
  ])('has %s, and its stock and credit with them', async (_what, quantity, price, total) => {
    const { sku, order } = await ordered(3, 100);
    const { decision } = await carriedOut(fixture, to(order, quantity, price));
    expect(decision?.kind).toBe('applied');
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'APPROVED', version: 2, total });
    expect(await creditOf(sku)).toEqual({ held: total, captured: 0 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': quantity });
  });

  test.each([
    ['stock', 11, 100, 'OUT_OF_STOCK'],
    ['credit', 4, 5_000, 'CREDIT_LIMIT_EXCEEDED'],
  ])('beyond its %s stays as it was', async (_what, quantity, price, reason) => {
    const { sku, order } = await ordered(3, 100);
    const { decision } = await carriedOut(fixture, to(order, quantity, price));
    expect(decision).toMatchObject({ kind: 'turned-back', reason });
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

  test('and ships before the decision stays as it was: the report turns the revision back', async () => {
    const { sku, order } = await ordered(3, 100);
    await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
    const shipping = shipOf(order, shipmentAt(order));
    fixture.interpose('decideRevision', async (decide, input) => {
      expect(await given(fixture, shipping)).toMatchObject({ kind: 'recorded' });
      return decide(input);
    });
    const { decision } = await carriedOut(fixture, to(order, 5, 100));
    fixture.interpose('decideRevision', undefined);
    expect(decision).toMatchObject({ kind: 'turned-back', reason: 'SHIPPED_MEANWHILE' });
    await closed(fixture, shipping.id);
    expect(await rowOf(fixture, order.id)).toMatchObject({
      status: 'SHIPPED',
      version: 1,
      total: 300,
      pending: null,
      payment: 'captured',
    });
    expect(await creditOf(sku)).toEqual({ held: 0, captured: 300 });
    expect(await supplyOf(sku)).toEqual({ 'wh-north': 0 });
  });

  test('by two callers at once, or cancelled meanwhile, is changed by exactly one command', async () => {
    const { order, sku } = await ordered(3, 100);
    const commands = [to(order, 4, 100), to(order, 5, 100), cancelOf(order)];
    const answers = await Promise.all(commands.map((command) => given(fixture, command)));
    expect(answers.filter(({ kind }) => kind === 'recorded').length).toBeGreaterThanOrEqual(1);
    for (const answer of answers) if (answer.kind === 'recorded') await closed(fixture, answer.row.id);
    const { total, status, pending } = await rowOf(fixture, order.id);
    expect(pending).toBeNull();
    expect(await creditOf(sku)).toEqual({ held: status === 'CANCELLED' ? 0 : total, captured: 0 });
  });
});
