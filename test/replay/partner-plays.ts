import type { Order } from '../../src/domain/order/order';
import type { NewCommand } from '../../src/stores/command-rows';
import { cancelOf, orderOf, rejectOf, reviseOf } from '../support/new-commands';
import { placed, shipmentAt } from '../support/order-changes';
import { stocked } from '../support/partner-orders';
import type { SagaFixture } from '../support/saga-fixture';
import type { BranchName } from './branches';
import { type Answer, answering, ended, FOR_GOOD, failing, type Play, run } from './play';

type Answers = Partial<
  Record<'reserveAtPartner' | 'lookUpAtPartner' | 'cancelAtPartners', readonly Answer[]>
>;

const BOOKED = { kind: 'booked', references: ['one'] };
const TWICE = { kind: 'booked', references: ['one', 'two'] };
const NO = { kind: 'refused', reason: 'NO_CAPACITY' };
const UNKNOWN = { kind: 'unknown', detail: 'no answer' };
const ABSENT = { kind: 'absent' };
const NOT_NOW = new Error('not now');
const TOLD: Answers = { cancelAtPartners: [{}] };

const PARTNER_ONLY = { 'pa-lumen': 2 };
const PARTNER_OR_OTHERS = { 'pa-lumen': 2, 'wh-north': 1, 'wh-south': 1 };

async function orderAt(
  fixture: SagaFixture,
  counts: Readonly<Record<string, number>>,
): Promise<NewCommand<'create'>> {
  return orderOf([[await stocked(fixture.context.stores, 'A', counts), 2]]);
}

/** Takes an order to its partner, in a batch of one. */
function asked(counts: Readonly<Record<string, number>>, answers: Answers): Play {
  return async (fixture) => {
    const order = await orderAt(fixture, counts);
    return answering(fixture, { ...TOLD, ...answers }, () => run(fixture, order));
  };
}

/** Changes an order that its partner has agreed to, so that the partner has more than it is to deliver. */
function changed(change: (order: Order) => NewCommand<'cancel' | 'reject' | 'revise'>): Play {
  return async (fixture) => {
    const command = await orderAt(fixture, PARTNER_OR_OTHERS);
    return answering(fixture, { ...TOLD, reserveAtPartner: [BOOKED] }, async () =>
      run(fixture, change(await placed(fixture, command))),
    );
  };
}

export const partnerPlays = {
  'leaves-for-partners': async (fixture) => {
    const order = await orderAt(fixture, PARTNER_ONLY);
    return answering(fixture, { ...TOLD, reserveAtPartner: [BOOKED] }, async () => {
      const workflowId = await run(fixture, order, orderOf([['MUG-01', 1]]));
      await ended(fixture, `createOrders/${order.id}/${order.id}`);
      return workflowId;
    });
  },
  'partner-agrees': asked(PARTNER_ONLY, { reserveAtPartner: [BOOKED] }),
  'partner-agrees-unheard': asked(PARTNER_ONLY, { reserveAtPartner: [UNKNOWN], lookUpAtPartner: [BOOKED] }),
  'partner-is-asked-again': asked(PARTNER_ONLY, {
    reserveAtPartner: [NOT_NOW, BOOKED],
    lookUpAtPartner: [ABSENT],
  }),
  'partner-refuses': asked(PARTNER_OR_OTHERS, { reserveAtPartner: [NO] }),
  'partner-refuses-for-all': asked(PARTNER_ONLY, { reserveAtPartner: [NO] }),
  'partner-out-of-reach': asked(PARTNER_OR_OTHERS, {
    reserveAtPartner: [UNKNOWN],
    lookUpAtPartner: [NOT_NOW],
  }),
  'partner-books-twice': asked(PARTNER_ONLY, { reserveAtPartner: [TWICE] }),
  'partner-does-not-confirm': asked(PARTNER_ONLY, {
    reserveAtPartner: [TWICE],
    cancelAtPartners: [FOR_GOOD],
  }),
  'fault-while-asking': async (fixture) => {
    const order = await orderAt(fixture, PARTNER_ONLY);
    return answering(fixture, { ...TOLD, reserveAtPartner: [NO] }, () =>
      failing(fixture, 'notePartnerReply', { ids: [order.id] }, () => run(fixture, order)),
    );
  },
  'cancelled-at-a-partner': changed((order) => cancelOf(order)),
  'given-back-by-a-partner': changed((order) =>
    rejectOf(order, shipmentAt(order), { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' }),
  ),
  'revised-at-a-partner': changed((order) =>
    reviseOf(order, [{ sku: 'MUG-01', quantity: 1, unitPrice: 100 }]),
  ),
} satisfies Partial<Record<BranchName, Play>>;
