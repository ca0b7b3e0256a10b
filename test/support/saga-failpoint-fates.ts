import { ApplicationFailure } from '@temporalio/common';
import { PLANS, type PlannedKind, type SagaPlan, type StepName, stepsAfter } from '../../src/contracts/plans';
import { STEP_FAULTED } from '../../src/contracts/saga';
import type { CommandKind } from '../../src/domain/command/recorded-command';
import type { Order } from '../../src/domain/order/order';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { Stores } from '../../src/stores/stores';
import { type AroundStep, type carried, record } from './direct-saga';
import { mannerAt } from './mannered-parties';
import {
  acceptOf,
  cancelOf,
  commandOf,
  deliverOf,
  orderOf,
  overdueOf,
  rejectOf,
  returnOf,
  reviseOf,
  shipOf,
} from './new-commands';
import { overdue, shipmentAt } from './order-changes';
import { stocked } from './partner-orders';
import type { SagaFixture } from './saga-fixture';
import { tripOf } from './trip-plays';

/** A command ready to submit, its item, and the command that it resolves. */
export interface Staged {
  readonly command: NewCommand;
  readonly sku: string | null;
  readonly target?: string;
}

/** The decision and end of a command, and the steps on the way there. */
export interface Fate {
  readonly kind: CommandKind;
  readonly decision: string;
  /** Names of activities. */
  readonly steps: readonly string[];
  /** The final status of its order or trip. */
  readonly status: string;
  stage(fixture: Staging): Promise<Staged>;
}

/** The stores in which commands are staged, and a function that carries orders there without Temporal. */
export interface Staging extends Pick<SagaFixture, 'context' | 'sql'> {
  readonly carry: (commands: readonly NewCommand[], around?: AroundStep) => ReturnType<typeof carried>;
}

const PLENTY = { 'wh-north': 9 };
const SCARCE = { 'wh-north': 3, 'wh-south': 1 };
const PARTNER_ONLY = { 'pa-lumen': 3 };
const PARTNER_OR_OTHERS = { 'pa-lumen': 3, 'wh-north': 2, 'wh-south': 1 };
const NEVER_ALONE = ['confirmAtPartners'];

/** Returns the steps of a command with this decision, from its plan, without partners. */
function planned(kind: PlannedKind, decision: string): readonly string[] {
  const plan: SagaPlan = PLANS[kind];
  const tried = plan.decide ? [...plan.tries.map(({ step }) => step), plan.decide] : [];
  const steps: readonly StepName[] = [...tried, ...stepsAfter(plan, decision)];
  return steps.filter((step) => !NEVER_ALONE.includes(step));
}

const ofPlan = (kind: PlannedKind, decision: string, more: readonly string[] = []) => ({
  kind,
  decision,
  steps: [...planned(kind, decision), ...more],
});

/** Every end that a plan has in our own stores, each with its steps. */
export const OWN_FATES = {
  approved: {
    ...ofPlan('create', 'approved'),
    status: 'APPROVED',
    stage: (staging) => ordered(staging, PLENTY, 3),
  },
  backordered: {
    ...ofPlan('create', 'backordered'),
    status: 'BACKORDERED',
    stage: (staging) => ordered(staging, PLENTY, 12, 'unlimited'),
  },
  'out of stock': {
    ...ofPlan('create', 'rejected', ['closeCommands']),
    status: 'REJECTED',
    stage: (staging) => ordered(staging, PLENTY, 12),
  },
  cancelled: {
    ...ofPlan('cancel', 'cancelled'),
    status: 'CANCELLED',
    stage: (staging) => onOrder(staging, PLENTY, (order) => cancelOf(order)),
  },
  grown: {
    ...ofPlan('revise', 'applied'),
    status: 'APPROVED',
    stage: (staging) => onOrder(staging, PLENTY, (order) => resized(order, 5)),
  },
  shrunk: {
    ...ofPlan('revise', 'applied'),
    status: 'APPROVED',
    stage: (staging) => onOrder(staging, PLENTY, (order) => resized(order, 1)),
  },
  'grown beyond the stock': {
    ...ofPlan('revise', 'turned-back'),
    status: 'APPROVED',
    stage: (staging) => onOrder(staging, PLENTY, (order) => resized(order, 12)),
  },
  'units given back': {
    ...ofPlan('reject', 'given-back'),
    status: 'APPROVED',
    stage: (staging) =>
      onOrder(staging, SCARCE, (order) =>
        rejectOf(order, shipmentAt(order), { lineId: '1', quantity: 2, reason: 'NOT_IN_STOCK' }),
      ),
  },
  'a deadline passed': {
    ...ofPlan('reject', 'given-back'),
    status: 'APPROVED',
    stage: (staging) =>
      onOrder(staging, SCARCE, async (order) => {
        const shipment = shipmentAt(order);
        await overdue(staging, shipment);
        return overdueOf(order, { ...shipment, dueAt: OVERDUE });
      }),
  },
  shipped: {
    ...ofPlan('ship', 'shipped'),
    status: 'SHIPPED',
    stage: (staging) =>
      onOrder(staging, PLENTY, async (order) => {
        const shipment = shipmentAt(order);
        await staging.carry([acceptOf(order, shipment)]);
        return shipOf(order, shipment);
      }),
  },
  'a part shipped': {
    ...ofPlan('ship', 'shipped'),
    status: 'FULFILLING',
    stage: (staging) =>
      onOrder(staging, PLENTY, async (order) => {
        const shipment = shipmentAt(order);
        await staging.carry([acceptOf(order, shipment)]);
        return shipOf(order, shipment, { lines: [{ lineId: '1', quantity: 2 }] });
      }),
  },
  returned: {
    ...ofPlan('return', 'returned'),
    status: 'SHIPPED',
    stage: (staging) =>
      onOrder(staging, PLENTY, async (order) => {
        await sent(staging, order);
        return returnOf(order, [
          { lineId: '1', quantity: 1, condition: 'SELLABLE' },
          { lineId: '1', quantity: 1, condition: 'DAMAGED' },
        ]);
      }),
  },
  'an order resolved before its decision': {
    kind: 'resolve',
    decision: 'decided-against',
    // `runTarget` commits only for trips.
    steps: ['resolveTarget', 'closeCommands'],
    status: 'REJECTED',
    stage: async (staging) => {
      const { command, sku } = await ordered(staging, PLENTY, 3);
      await staging.carry([command], stoppedAt('commitStock'));
      return resolving(command, sku);
    },
  },
  'a cancellation resolved': {
    ...ofPlan('resolve', 'by-hand'),
    status: 'CANCELLED',
    stage: async (staging) => {
      const { command, sku } = await onOrder(staging, PLENTY, (order) => cancelOf(order));
      await staging.carry([command], stoppedAt('freeCancelled'));
      return resolving(command, sku);
    },
  },
} as const satisfies Record<string, Fate>;

const ASKING = ['askPartners', 'reserveAtPartner', 'notePartnerReply'];
const CANCELLING = ['cancelAtPartners', 'closeCommands'];

/** Every end that involves third parties. */
export const PARTY_FATES = {
  'agreed by a partner': {
    kind: 'create',
    decision: 'approved',
    steps: [...ASKING, 'decideOrder'],
    status: 'APPROVED',
    stage: (staging) => ordered(staging, PARTNER_ONLY, 3),
  },
  'agreed by a partner that was not heard': {
    kind: 'create',
    decision: 'approved',
    steps: ['lookUpAtPartner'],
    status: 'APPROVED',
    stage: (staging) => atPartner(staging, PARTNER_ONLY, mannerAt('pa-lumen', 'unheard')),
  },
  'refused by a partner': {
    kind: 'create',
    decision: 'approved',
    steps: ['notePartnerReply', 'decideOrder', ...CANCELLING],
    status: 'APPROVED',
    stage: (staging) => atPartner(staging, PARTNER_OR_OTHERS, mannerAt('pa-lumen', 'refuses')),
  },
  'refused by the only partner': {
    kind: 'create',
    decision: 'rejected',
    steps: ['notePartnerReply', 'releaseStock', 'releaseCredit', ...CANCELLING],
    status: 'REJECTED',
    stage: (staging) => atPartner(staging, PARTNER_ONLY, mannerAt('pa-lumen', 'refuses')),
  },
  'cancelled at a partner': {
    kind: 'cancel',
    decision: 'cancelled',
    steps: ['freeCancelled', ...CANCELLING],
    status: 'CANCELLED',
    stage: (staging) => onOrder(staging, PARTNER_ONLY, (order) => cancelOf(order)),
  },
  'shrunk at a partner': {
    kind: 'revise',
    decision: 'applied',
    steps: ['freeRevised', ...CANCELLING],
    status: 'APPROVED',
    stage: (staging) => onOrder(staging, PARTNER_ONLY, (order) => resized(order, 1)),
  },
  'given back by a partner': {
    kind: 'reject',
    decision: 'given-back',
    steps: ['settleRejection', 'freeRejected', ...CANCELLING],
    status: 'APPROVED',
    stage: (staging) =>
      onOrder(staging, PARTNER_ONLY, (order) =>
        rejectOf(order, shipmentAt(order), { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' }),
      ),
  },
  'a trip booked': {
    kind: 'trip',
    decision: 'booked',
    steps: ['resumeTrip', 'bookAtParty', 'noteReply'],
    status: 'BOOKED',
    stage: async () => ({ command: tripOf({ car: 'required' }), sku: null }),
  },
  'a trip booked at a party that was not heard': {
    kind: 'trip',
    decision: 'booked',
    steps: ['lookUpAtParty'],
    status: 'BOOKED',
    stage: async () => ({ command: tripOf({ traveller: mannerAt('flight', 'unheard') }), sku: null }),
  },
  'a trip refused': {
    kind: 'trip',
    decision: 'rejected',
    steps: ['noteReply', 'cancelAtParty', 'noteCancelled'],
    status: 'REJECTED',
    stage: async () => ({ command: tripOf({ traveller: mannerAt('flight', 'refuses') }), sku: null }),
  },
  'a trip resolved before its decision': {
    kind: 'resolve',
    decision: 'decided-against',
    steps: ['resolveTarget', 'runTarget', 'closeCommands'],
    status: 'REJECTED',
    stage: async ({ context: { stores } }) => {
      const trip = tripOf();
      const [answer] = await record(stores, [trip]);
      if (answer?.kind !== 'recorded') throw new Error(`trip ${trip.id} was not recorded`);
      const attention = { remaining: ['bookAtParty'], failure: 'hotel: down' };
      await stores.commands.requireAttention(answer.row.workflowId, trip.id, attention);
      return resolving(trip);
    },
  },
} as const satisfies Record<string, Fate>;

/** Commands that close in their record. */
const REPORT_FATES = {
  accepted: {
    kind: 'accept',
    decision: 'reported',
    steps: [],
    status: 'FULFILLING',
    stage: (staging) => onOrder(staging, PLENTY, (order) => acceptOf(order, shipmentAt(order))),
  },
  delivered: {
    kind: 'deliver',
    decision: 'reported',
    steps: [],
    status: 'DELIVERED',
    stage: (staging) =>
      onOrder(staging, PLENTY, async (order) => {
        await sent(staging, order);
        return deliverOf(order, shipmentAt(order));
      }),
  },
} as const satisfies Record<string, Fate>;

/** A command of each kind. */
export const RECORD_FATES = {
  approved: OWN_FATES.approved,
  cancelled: OWN_FATES.cancelled,
  grown: OWN_FATES.grown,
  'units given back': OWN_FATES['units given back'],
  shipped: OWN_FATES.shipped,
  returned: OWN_FATES.returned,
  ...REPORT_FATES,
  'an order resolved before its decision': OWN_FATES['an order resolved before its decision'],
  'a trip booked': PARTY_FATES['a trip booked'],
} as const satisfies Record<string, Fate>;

/** The deadline that `overdue` sets. */
const OVERDUE = '2026-01-01T00:00:00.000Z';

/** Returns an order of a new customer for units of a new item, with the given counts by node. */
async function ordered(
  staging: Staging,
  counts: Readonly<Record<string, number>>,
  quantity: number,
  mode: 'none' | 'unlimited' = 'none',
  name = 'ITEM',
): Promise<Staged & { readonly sku: string; readonly command: NewCommand<'create'> }> {
  const { stores } = staging.context;
  const sku = await stocked(stores, name, counts);
  const cause = { commandId: sku, caller: 'set-up', correlation: sku };
  await stores.inventorySetUp.setItem({ sku, name, backorder: { mode }, perOrderMax: null, tags: [] }, cause);
  await stores.credit.setAccount(sku, { currency: 'EUR', limit: 10_000 }, cause);
  return { sku, command: orderOf([[sku, quantity]], { customerId: sku }) };
}

const atPartner = (staging: Staging, counts: Readonly<Record<string, number>>, name: string) =>
  ordered(staging, counts, 3, 'none', name);

/** Returns a command on an approved order of three units. */
async function onOrder(
  staging: Staging,
  counts: Readonly<Record<string, number>>,
  command: (order: Order) => NewCommand | Promise<NewCommand>,
): Promise<Staged & { readonly sku: string }> {
  const { command: create, sku } = await ordered(staging, counts, 3);
  await staging.carry([create]);
  return { sku, command: await command(await orderIn(staging.context.stores, create.subject)) };
}

/** Carries the shipment of an order to its capture. */
async function sent({ carry }: Staging, order: Order): Promise<void> {
  const shipment = shipmentAt(order);
  await carry([acceptOf(order, shipment)]);
  await carry([shipOf(order, shipment)]);
}

async function orderIn(stores: Stores, id: string): Promise<Order> {
  const order = await stores.ordersReads.order(id);
  if (!order) throw new Error(`no order ${id}`);
  return order;
}

function resized(order: Order, quantity: number): NewCommand<'revise'> {
  return reviseOf(
    order,
    order.lines.map(({ lineId, sku, unitPrice }) => ({ lineId, sku, quantity, unitPrice })),
  );
}

const FAULT = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);

/** Returns a wrapper that makes a step fail until an operator attends to the command. */
function stoppedAt(name: string): AroundStep {
  return (step, _, take) => (step === name ? Promise.reject(FAULT) : take());
}

function resolving({ id, subject }: NewCommand, sku: string | null = null): Staged {
  return {
    sku,
    target: id,
    command: commandOf('resolve', subject, { target: id, note: 'put right by hand' }),
  };
}
