import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/saga';
import type { Backorder } from '../../src/domain/inventory/setup/set-up';
import { auditedClose } from '../support/audited-close';
import { followInventory } from '../support/followed-inventory';
import { cancelOf, orderOf, randomId, rejectOf } from '../support/new-commands';
import {
  carriedOut,
  closed,
  decided,
  decisionsOn,
  inOneBatch,
  placed,
  shipmentAt,
} from '../support/order-changes';
import { heldAltogether } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;
let stopFollowing: () => Promise<void>;

beforeAll(async () => {
  fixture = await openSagaFixture();
  stopFollowing = followInventory(fixture);
});
afterAll(async () => {
  await stopFollowing();
  expect(await auditedClose(fixture)).toEqual([]);
});

let sequence = 0;

/** Creates an item with the given units at the northern warehouse. Returns its SKU. */
async function anItem(units: number, backorder: Backorder): Promise<string> {
  const sku = `LATE-${randomId().slice(0, 6)}`;
  const { inventorySetUp } = fixture.context.stores;
  const cause = { commandId: 'test', caller: 'set-up', correlation: 'test' };
  await inventorySetUp.setItem({ sku, name: sku, backorder, perOrderMax: null, tags: [] }, cause);
  await deliver(sku, units);
  return sku;
}

/** Reports the warehouse's new count, committed units included. */
async function deliver(sku: string, count: number, nodeId = 'wh-north'): Promise<void> {
  const { inventoryFeed, inventorySetUp } = fixture.context.stores;
  const source = await inventorySetUp.source('wms');
  if (!source) throw new Error('no source');
  sequence += 1;
  const observedAt = new Date().toISOString();
  const row = { messageId: `m${sequence}`, sku, nodeId, section: null, sequence, count, observedAt };
  await inventoryFeed.apply(source, [row], {
    commandId: row.messageId,
    caller: 'set-up',
    correlation: 'test',
  });
}

async function orderRow(id: string) {
  const order = await fixture.context.stores.ordersReads.order(id);
  if (!order) throw new Error(`no order ${id}`);
  return order;
}

async function isFilled(id: string): Promise<void> {
  await eventually(async () => expect((await orderRow(id)).status).toBe('APPROVED'));
}

const SIX_TO_COME: Backorder = { mode: 'limited', limit: 6, promiseDate: '2026-12-24' };

describe('an order beyond the stock of an item that may be backordered', () => {
  test('gets the available units, backorders the rest with a promise date, and is filled by the next delivery', async () => {
    const sku = await anItem(2, SIX_TO_COME);
    const order = orderOf([
      [sku, 1],
      [sku, 4],
    ]);
    expect(await decided(fixture, [order])).toEqual(['backordered']);
    expect(await orderRow(order.id)).toMatchObject({
      status: 'BACKORDERED',
      payment: 'authorized',
      lines: [{ waits: [] }, { waits: [{ quantity: 3, promiseDate: '2026-12-24' }] }],
      shipments: [
        {
          nodeId: 'wh-north',
          state: 'RELEASED',
          lines: [
            { lineId: '1', quantity: 1 },
            { lineId: '2', quantity: 1 },
          ],
        },
      ],
    });
    await deliver(sku, 5);
    await isFilled(order.id);
    const { lines, shipments } = await orderRow(order.id);
    expect(lines[1]?.waits).toEqual([]);
    expect(shipments[1]?.lines).toMatchObject([{ lineId: '2', quantity: 3 }]);
  });

  test('is filled with damaged units once they are repaired', async () => {
    const sku = await anItem(2, SIX_TO_COME);
    const { stores } = fixture.context;
    const first = await placed(fixture, orderOf([[sku, 2]]));
    const damaged = { lineId: '1', quantity: 2, reason: 'DAMAGED' } as const;
    await carriedOut(fixture, rejectOf(first, shipmentAt(first), damaged));
    await carriedOut(fixture, cancelOf(first));
    const order = orderOf([[sku, 2]]);
    expect(await decided(fixture, [order])).toEqual(['backordered']);
    const said = { commandId: sku, correlation: sku, caller: 'test', idempotencyKey: sku, fingerprint: sku };
    const repaired = { sku, nodeId: 'wh-north', quantity: 2, reason: 'REPAIRED' } as const;
    await stores.unavailableStock.endDamage({ ...said, ...repaired });
    await isFilled(order.id);
  });

  test('is refused beyond the limit of the item, and releases everything', async () => {
    const sku = await anItem(2, SIX_TO_COME);
    const before = await heldAltogether(fixture.sql);
    const order = orderOf([[sku, 9]]);
    expect(await decided(fixture, [order])).toEqual(['OUT_OF_STOCK']);
    expect(await heldAltogether(fixture.sql)).toEqual(before);
  });
});

describe('a queue', () => {
  test('serves entries in their order, also when a later one needs fewer units', async () => {
    const sku = await anItem(0, { mode: 'unlimited' });
    const [first, second] = [orderOf([[sku, 5]]), orderOf([[sku, 1]])];
    await decided(fixture, [first]);
    await decided(fixture, [second]);
    await deliver(sku, 4);
    const late = orderOf([[sku, 1]]);
    expect(await decided(fixture, [late])).toEqual(['backordered']);
    await deliver(sku, 6);
    await isFilled(first.id);
    await isFilled(second.id);
    expect((await orderRow(late.id)).status).toBe('BACKORDERED');
    await deliver(sku, 7);
    await isFilled(late.id);
  });

  test('longer than a batch is filled from its head by one delivery', async () => {
    const sku = await anItem(0, { mode: 'unlimited' });
    const orders = Array.from({ length: 120 }, () => orderOf([[sku, 1]]));
    await Promise.all([decided(fixture, orders.slice(0, 60)), decided(fixture, orders.slice(60))]);
    await deliver(sku, 110);
    const waiting = async () =>
      fixture.sql<{ n: number }>(`SELECT count(*)::int AS n FROM inventory.backorder WHERE sku = $1`, [sku]);
    await eventually(async () => expect(await waiting()).toEqual([{ n: 10 }]));
    await deliver(sku, 120);
    for (const { id } of orders) await isFilled(id);
  });

  test('drops the entry of a rejected order, and frees its units of the limit', async () => {
    const sku = await anItem(0, { mode: 'limited', limit: 2 });
    const [rejected, next] = [orderOf([[sku, 2]]), orderOf([[sku, 2]])];
    fixture.interpose('decideOrder', async () => {
      fixture.interpose('decideOrder', undefined);
      throw ApplicationFailure.create({
        message: 'its data cannot be read',
        type: STEP_FAULTED,
        nonRetryable: true,
        details: [true],
      });
    });
    await inOneBatch(fixture, [rejected]);
    await closed(fixture, rejected.id);
    expect(await decisionsOn(fixture, [rejected])).toEqual(['PROCESSING_FAILED']);
    expect(await decided(fixture, [next])).toEqual(['backordered']);
    await deliver(sku, 2);
    await isFilled(next.id);
  });
});

describe('a delivery that arrives before the order is approved', () => {
  test('still fills its backorder', async () => {
    const sku = await anItem(0, { mode: 'unlimited' });
    const order = orderOf([[sku, 3]]);
    fixture.interpose('decideOrder', async (step, input) => {
      await deliver(sku, 3);
      await eventually(async () => expect((await orderRow(order.id)).earlyFills).toHaveLength(1));
      return step(input);
    });
    expect(await decided(fixture, [order])).toEqual(['backordered']);
    fixture.interpose('decideOrder', undefined);
    expect(await orderRow(order.id)).toMatchObject({
      status: 'APPROVED',
      shipments: [{ nodeId: 'wh-north', lines: [{ quantity: 3 }] }],
      earlyFills: [],
    });
  });
});
