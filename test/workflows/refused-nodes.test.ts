import type { Order } from '../../src/domain/order/order';
import { endExclusions } from '../../src/intake/end-exclusions';
import { dueExclusionsWatch } from '../../src/recovery/due-exclusions-watch';
import { dueShipmentsWatch } from '../../src/recovery/due-shipments-watch';
import { auditedClose } from '../support/audited-close';
import { followInventory } from '../support/followed-inventory';
import { counted, itemAtNodes } from '../support/item-at-nodes';
import { orderOf, randomId, rejectOf, reviseOf } from '../support/new-commands';
import { carriedOut, overdue, placed, rowOf, shipmentAt } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;
let stopFollowing: () => Promise<void>;

const RETRY_SECONDS = 2;

beforeAll(async () => {
  fixture = await openSagaFixture({ retryNodeSeconds: RETRY_SECONDS });
  stopFollowing = followInventory(fixture);
});
afterAll(async () => {
  await stopFollowing();
  expect(await auditedClose(fixture)).toEqual([]);
});

type Reason = 'NOT_IN_STOCK' | 'MISMATCH' | 'DAMAGED' | 'NO_CAPACITY';

/** Lets the node of an order's first shipment give back units of it. */
async function refused(order: Order, quantity: number, reason: Reason): Promise<Order> {
  await carriedOut(fixture, rejectOf(order, shipmentAt(order), { lineId: '1', quantity, reason }));
  return rowOf(fixture, order.id);
}

/** Returns an order of all the units of an item at the one node that has it, which gave them all back. */
async function waiting(reason: Reason): Promise<{ readonly sku: string; readonly order: Order }> {
  const sku = await itemAtNodes(fixture, { 'wh-north': 2 }, 'unlimited');
  const placedOrder = await placed(fixture, orderOf([[sku, 2, 100]], { customerId: sku }));
  const order = await refused(placedOrder, 2, reason);
  expect(order.status).toBe('BACKORDERED');
  return { sku, order };
}

/** Waits until an order has no backordered units; its units come from the northern warehouse. */
async function isFilled({ id }: Order, units: number): Promise<void> {
  await eventually(async () => {
    const { status, shipments } = await rowOf(fixture, id);
    const open = shipments.filter(({ state }) => state === 'RELEASED');
    expect(status).toBe('APPROVED');
    expect(open.map(({ nodeId }) => nodeId)).toEqual(open.map(() => 'wh-north'));
    const lines = open.flatMap((shipment) => shipment.lines);
    expect(lines.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(units);
  });
}

/** Looks for exclusions that have ended by time, as the relay does. */
function lookForDue(): Promise<void> {
  const { inventory, inventoryReads } = fixture.context.stores;
  return dueExclusionsWatch(inventoryReads, (commands) => endExclusions(inventory, commands)).look();
}

describe('an order that waits because the only node refused it is filled from there', () => {
  test.each([
    ['NOT_IN_STOCK', 2],
    ['MISMATCH', 2],
    ['DAMAGED', 4],
    ['NO_CAPACITY', 2],
  ] as const)('after a later count (%s)', async (reason, count) => {
    const { sku, order } = await waiting(reason);
    await counted(fixture, sku, { 'wh-north': count }, 2);
    await isFilled(order, 2);
  });

  test('once its damaged units are repaired', async () => {
    const { sku, order } = await waiting('DAMAGED');
    const said = { commandId: sku, correlation: sku, caller: 'test', idempotencyKey: sku, fingerprint: sku };
    const repaired = { sku, nodeId: 'wh-north', quantity: 2, reason: 'REPAIRED' } as const;
    await fixture.context.stores.unavailableStock.endDamage({ ...said, ...repaired });
    await isFilled(order, 2);
  });

  test('when the exclusion of a NO_CAPACITY refusal ends, without any message', async () => {
    const { order } = await waiting('NO_CAPACITY');
    await eventually(async () => {
      await lookForDue();
      expect((await rowOf(fixture, order.id)).status).toBe('APPROVED');
    });
    await isFilled(order, 2);
  });

  test('when the exclusion of a missed deadline ends', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 2 }, 'unlimited');
    const order = await placed(fixture, orderOf([[sku, 2, 100]], { customerId: sku }));
    await overdue(fixture, shipmentAt(order));
    const { intakes, context } = fixture;
    await dueShipmentsWatch({
      reads: context.stores.ordersReads,
      reject: (one) => intakes.reject.submit(one),
    }).look();
    await eventually(async () => expect((await rowOf(fixture, order.id)).status).toBe('BACKORDERED'));
    await eventually(async () => {
      await lookForDue();
      expect((await rowOf(fixture, order.id)).status).toBe('APPROVED');
    });
    await isFilled(order, 2);
  });

  test('with the units that were backordered from the start', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 2 }, 'unlimited');
    const order = await placed(fixture, orderOf([[sku, 3, 100]], { customerId: sku }));
    await refused(order, 2, 'NOT_IN_STOCK');
    await counted(fixture, sku, { 'wh-north': 3 }, 2);
    await isFilled(order, 3);
  });

  test('before later entries of the queue', async () => {
    const { sku, order } = await waiting('NOT_IN_STOCK');
    const later = await placed(fixture, orderOf([[sku, 2, 100]], { customerId: sku }));
    await counted(fixture, sku, { 'wh-north': 2 }, 2);
    await isFilled(order, 2);
    expect((await rowOf(fixture, later.id)).status).toBe('BACKORDERED');
  });

  test('after the node was set again', async () => {
    const sku = await itemAtNodes(fixture, { 'wh-north': 5 }, 'unlimited');
    const order = await placed(fixture, orderOf([[sku, 2, 100]], { customerId: sku }));
    expect((await refused(order, 2, 'MISMATCH')).status).toBe('BACKORDERED');
    const { inventorySetUp } = fixture.context.stores;
    const node = await inventorySetUp.node('wh-north');
    if (!node) throw new Error('no node');
    const cause = { commandId: randomId(), caller: 'set-up', correlation: 'test' };
    await inventorySetUp.setNode({ ...node, name: `${node.name} (new shift)` }, cause);
    await isFilled(order, 2);
  });
});

test('an order that is raised later gets units from a node that refused it and was counted since', async () => {
  const sku = await itemAtNodes(fixture, { 'wh-north': 2 });
  const order = await placed(fixture, orderOf([[sku, 2, 100]], { customerId: sku }));
  const less = await refused(order, 1, 'NOT_IN_STOCK');
  await counted(fixture, sku, { 'wh-north': 5 }, 2);
  await carriedOut(fixture, reviseOf(less, [{ lineId: '1', sku, quantity: 4, unitPrice: 100 }]));
  expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'APPROVED', version: 2, total: 300 });
});

test('the search that a refusal triggers leaves the node out, also where it was counted meanwhile', async () => {
  const sku = await itemAtNodes(fixture, { 'wh-north': 4 });
  const order = await placed(fixture, orderOf([[sku, 2, 100]], { customerId: sku }));
  fixture.interpose('replaceUnits', async (step, input) => {
    await counted(fixture, sku, { 'wh-north': 9 }, 2);
    return step(input);
  });
  await refused(order, 2, 'NO_CAPACITY');
  fixture.interpose('replaceUnits', undefined);
  const { status, shipments } = await rowOf(fixture, order.id);
  expect([status, shipments.map(({ state }) => state)]).toEqual(['CANCELLED', ['REJECTED']]);
});
