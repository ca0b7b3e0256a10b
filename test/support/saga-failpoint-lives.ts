import type { Command } from '../../src/contracts/commands';
import type { Order } from '../../src/domain/order/order';
import { onOrder, onShipment, shipmentAt } from './order-changes';
import type { SagaFixture } from './saga-fixture';

/** An item whose stock cannot be read. */
export const POISON = 'TABLE-05';

/** How far an order has come before its command. */
export type Stage = 'placed' | 'accepted' | 'shipped' | 'lost';

type Starters = SagaFixture['context']['starters'];
type Saga = Exclude<keyof Starters, 'finishTrip' | 'finishCompensation'>;

/** A command on an order of three units. */
interface Life {
  readonly saga: Saga;
  /** The steps that it takes of all that its saga has, none of them for nothing. */
  readonly steps: readonly string[];
  readonly stock: Readonly<Record<string, number>>;
  readonly stage: Stage;
  /** What its command says beside the order it is on. */
  readonly says: (order: Order) => Command;
  /** Status, command and how that ended; more than one where a fault may be told in two ways. */
  readonly ends: readonly [string, ...string[]];
}

export const PLENTY = { 'wh-north': 9 };
const SPLIT = { 'wh-north': 2, 'wh-south': 1 };
const SCARCE = { 'wh-north': 3, 'wh-south': 1 };
const AFTER_CLAIM = ['replaceUnits', 'settleRejection', 'decreaseCredit', 'finishRejection'];
const AFTER_SHIPPING = ['consumeStock', 'captureCredit', 'recordCaptured'];

const accept: Life = {
  saga: 'acceptShipments',
  steps: ['acceptShipment'],
  stock: PLENTY,
  stage: 'placed',
  says: onShipment,
  ends: ['FULFILLING, accept done'],
};

const ship: Life = {
  saga: 'shipShipments',
  steps: ['shipShipment', ...AFTER_SHIPPING],
  stock: SPLIT,
  stage: 'accepted',
  says: (order) => ({ ...onShipment(order), tracking: null }),
  ends: ['FULFILLING, ship done'],
};

const reject: Life = {
  saga: 'rejectUnits',
  steps: ['claimRejection', ...AFTER_CLAIM],
  stock: SCARCE,
  stage: 'placed',
  says: (order) => ({ ...onShipment(order), lineId: '1', quantity: 2, reason: 'NOT_IN_STOCK' }),
  ends: ['APPROVED, reject done'],
};

const cancel: Life = {
  saga: 'cancelOrders',
  steps: ['claimCancel', 'releaseRest', 'decreaseCredit', 'finishCancel'],
  stock: PLENTY,
  stage: 'placed',
  says: onOrder,
  ends: ['CANCELLED, cancel done'],
};

const grow: Life = {
  saga: 'reviseOrders',
  steps: ['claimRevision', 'increaseCredit', 'extendStock', 'applyRevision', 'finishRevision'],
  stock: PLENTY,
  stage: 'placed',
  says: (order) => revised(order, 5),
  ends: ['APPROVED, revise done'],
};

/** Everything that can be asked of an approved order, and the step of each that a worker may die at. */
export const LIVES = {
  'a shipment accepted': accept,
  'a shipment sent': ship,
  'the last shipment sent': {
    ...ship,
    steps: ['captureCredit'],
    stock: PLENTY,
    ends: ['SHIPPED, ship done'],
  },
  'a shipment sent, and its saga lost': {
    ...ship,
    saga: 'resumeShipments',
    steps: ['resumeShipment', ...AFTER_SHIPPING],
    stage: 'lost',
    says: (order) => onShipment(order, 0, shipmentAt(order).shippedBy),
  },
  'a shipment delivered': {
    ...accept,
    saga: 'deliverShipments',
    steps: ['deliverShipment'],
    stage: 'shipped',
    ends: ['DELIVERED, deliver done'],
  },
  'units given back': reject,
  'units given back that others have': { ...reject, steps: [], stock: { 'wh-north': 3, 'wh-south': 3 } },
  'a deadline passed': {
    ...reject,
    saga: 'expireShipments',
    steps: ['claimOverdue', ...AFTER_CLAIM],
    says: overdue,
  },
  'an order cancelled': cancel,
  'the rest of an order cancelled': {
    ...cancel,
    steps: ['releaseRest'],
    stock: SPLIT,
    stage: 'shipped',
    ends: ['SHIPPED, cancel done'],
  },
  'an order grown': grow,
  'an order shrunk': {
    ...grow,
    steps: ['shrinkStock', 'decreaseCredit'],
    says: (order) => revised(order, 1),
  },
  'an order grown beyond the stock': {
    ...grow,
    steps: ['turnRevisionBack', 'failRevision', 'revokeIncrease'],
    says: (order) => revised(order, 10),
    ends: ['APPROVED, revise OUT_OF_STOCK'],
  },
  'an order grown by what cannot be read': {
    ...grow,
    steps: ['undoExtend'],
    says: poisoned,
    ends: ['APPROVED, revise PROCESSING_FAILED'],
  },
} as const satisfies Record<string, Life>;

export type LifeName = keyof typeof LIVES;

export const LIFE_NAMES = Object.keys(LIVES) as readonly LifeName[];

export const lifeOf = (name: LifeName): Life => LIVES[name];

function revised(order: Order, quantity: number) {
  const { version: baseVersion } = order;
  const lines = order.lines.map(({ lineId, sku, unitPrice }) => ({ lineId, sku, quantity, unitPrice }));
  return { ...onOrder(order), baseVersion, lines };
}

function poisoned(order: Order) {
  const { lines, ...same } = revised(order, 3);
  return { ...same, lines: [...lines, { sku: POISON, quantity: 1, unitPrice: 100 }] };
}

function overdue(order: Order) {
  const { id, dueAt } = shipmentAt(order);
  return onShipment(order, 0, `${id}/overdue/${dueAt}`);
}
