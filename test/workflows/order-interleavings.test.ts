import fc from 'fast-check';
import { auditBooks } from '../../src/stores/audit';
import { commandFor, type OrderCommand, stories } from '../domain/order-play';
import { itemAtNodes } from '../support/item-at-nodes';
import { onOrder, placed, rowOf } from '../support/order-changes';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';

const AT_ONCE = 4;
const RUNS = 4;

let fixture: SagaFixture;
beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => {
  const findings = await auditBooks(fixture.context.stores, { isQuiet: true });
  await fixture.close();
  expect(findings).toEqual([]);
});

function run(orderId: string, customerId: string, command: OrderCommand) {
  const { starters } = fixture.context;
  const said = { ...command, caller: 'tester', correlation: orderId, orderId, customerId };
  switch (said.kind) {
    case 'accept':
      return starters.acceptShipments([said]);
    case 'ship':
      return starters.shipShipments([{ ...said, tracking: null }]);
    case 'deliver':
      return starters.deliverShipments([said]);
    case 'overdue':
      return starters.expireShipments([said]);
    case 'reject':
      return starters.rejectUnits([said]);
    case 'cancel':
      return starters.cancelOrders([said]);
    case 'revise':
      return starters.reviseOrders([said]);
  }
}

test('commands on one order, some at a time, in any order: each ends, and nothing stays taken', async () => {
  await fc.assert(
    fc.asyncProperty(stories, async ({ moves }) => {
      const sku = await itemAtNodes(fixture, { 'wh-north': 3, 'wh-south': 8 }, 'unlimited');
      const { id } = await placed(fixture, orderOf([[sku, 4, 9]], { customerId: sku }));
      const drawn = moves.flatMap((move) => (move.do === 'begin' ? [move.command] : [])).slice(0, 16);
      for (let at = 0; at < drawn.length; at += AT_ONCE) {
        const order = await rowOf(fixture, id);
        const commands = drawn
          .slice(at, at + AT_ONCE)
          .map((one) => commandFor(order, one, onOrder(order).commandId));
        const sagas = await Promise.all(commands.map((command) => run(id, sku, command)));
        const outcomes = (await Promise.all(sagas.map(({ outcomes: ended }) => ended))).flat();
        for (const outcome of outcomes)
          expect('reason' in outcome ? outcome.reason : 'done').not.toBe('PROCESSING_FAILED');
        expect((await rowOf(fixture, id)).pending).toBeNull();
      }
      const { total, status } = await rowOf(fixture, id);
      const [account] = await fixture.sql<{ worth: number }>(
        `SELECT (held + captured_unpaid)::int AS worth FROM credit.account WHERE customer_id = $1`,
        [sku],
      );
      expect([status, account?.worth]).toEqual([status, status === 'CANCELLED' ? 0 : total]);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
