import type { Stores } from '../../../src/stores/stores';
import { record, runDirect } from '../../support/direct-saga';
import { cancelOf } from '../../support/new-commands';
import type { Ground } from '../support/grounds';
import { approvedOn, idOn, orderOn, shippedOn } from '../support/orders';
import type { Scenario } from '../support/scenario';

const MEANS = { stock: { w1: 3, w2: 10 }, limit: 100_000 };

export const CANCELS: readonly Scenario<'cancel'>[] = [
  {
    name: 'of an approved order',
    kind: 'cancel',
    means: MEANS,
    decisions: ['cancelled'],
    statuses: ['CANCELLED'],
    async prepare(stores, grounds) {
      await approvedOn(stores, grounds, 2);
      return grounds.map(cancelOn);
    },
  },
  {
    name: 'of an order that has shipped in part',
    kind: 'cancel',
    // Three at one warehouse and two at the other make two shipments, one of which has left.
    means: { stock: { w1: 3, w2: 2 }, limit: 100_000 },
    decisions: ['cancelled'],
    statuses: ['SHIPPED'],
    async prepare(stores, grounds) {
      await shippedOn(stores, await approvedOn(stores, grounds, 5));
      return grounds.map(cancelOn);
    },
  },
  {
    name: 'of a backordered order',
    kind: 'cancel',
    means: { stock: { w1: 1 }, limit: 100_000, backorders: 9 },
    decisions: ['cancelled'],
    statuses: ['CANCELLED'],
    async prepare(stores, grounds) {
      await approvedOn(stores, grounds, 4);
      return grounds.map(cancelOn);
    },
  },
  {
    name: 'of an order at a partner',
    kind: 'cancel',
    means: { stock: { w1: 1, pa: 9 }, limit: 100_000 },
    words: ['confirms', 'confirms'],
    decisions: ['cancelled'],
    statuses: ['CANCELLED'],
    async prepare(stores, grounds) {
      for (const ground of grounds)
        await approvedOn(stores, [ground], 4, {}, ground.partner.heardAs('confirms'));
      return grounds.map(cancelOn);
    },
  },
];

/** Cancels an order whose own command is still under way or has just been decided. */
async function cancelMeanwhile(stores: Stores, ground: Ground): Promise<void> {
  const [answer] = await record(stores, [cancelOn(ground)]);
  if (answer?.kind !== 'recorded')
    throw new Error(`the cancellation was not taken: ${JSON.stringify(answer)}`);
  if (!answer.row.isClosed)
    await runDirect(stores, [answer.row], { parties: ground.partner.heardAs('confirms') });
}

const CANCELLED_CREATE = {
  kind: 'create',
  decisions: ['approved', 'backordered', 'rejected'],
  statuses: ['REJECTED', 'CANCELLED'],
  isExact: false,
  meanwhile: cancelMeanwhile,
} as const;

export const CANCELLED_CREATES: readonly Scenario<'create'>[] = [
  {
    ...CANCELLED_CREATE,
    name: 'of stock',
    means: MEANS,
    prepare: async (_, grounds) => grounds.map((ground) => orderOn(ground, 2)),
  },
  {
    ...CANCELLED_CREATE,
    name: 'at a partner',
    means: { stock: { w1: 1, pa: 9 }, limit: 100_000 },
    words: ['confirms', 'confirms twice'],
    prepare: async (_, grounds) => grounds.map((ground) => orderOn(ground, 4)),
  },
  {
    ...CANCELLED_CREATE,
    name: 'at a partner that is not heard',
    means: { stock: { w1: 1, pa: 9 }, limit: 100_000, backorders: 9 },
    words: ['books unheard', 'refuses'],
    prepare: async (_, grounds) => grounds.map((ground) => orderOn(ground, 4)),
  },
];

export function cancelOn(ground: Ground) {
  const { orderId: id, customerId } = ground;
  return cancelOf({ id, customerId }, { id: idOn(ground, 'cancel') });
}
