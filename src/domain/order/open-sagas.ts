import { type PlannedStep, type SagaSteps, type StepVerdicts, stepsIn } from '../saga-steps';
import { isStopped, SURPLUS_UNDO, undosLeft } from './evolve-attention';
import { hasLeft } from './line-units';
import { COMMAND_KINDS, type Order, type Pending, type Shipment } from './order';
import type { OrderEvent } from './order-events';
import { isApproved } from './order-status';

export const ORDER_SAGA_KINDS = ['create', ...COMMAND_KINDS] as const;

/** A saga on one order: the kind of its command, and that one's id. */
export interface OrderSaga {
  readonly kind: (typeof ORDER_SAGA_KINDS)[number];
  readonly id: string;
}

/** What the three stores have kept of the steps of one command. */
export interface StoredSteps {
  readonly verdicts: StepVerdicts;
  /** Some of its stock lies with partners, who have to be asked. */
  readonly hasPartners: boolean;
}

const afterRejection = ['replaceUnits', 'settleRejection', 'decreaseCredit', 'finishRejection'].map(named);

/** What each saga on an order consists of, as its workflow goes through it; a test holds the two together. */
export const ORDER_PLANS = {
  create: [
    { name: 'recordOrder', undo: 'rejectOrder' },
    { name: 'holdCredit', undo: 'releaseCredit' },
    { name: 'commitStock', undo: 'releaseStock' },
    { name: 'approveOrder', isPivot: true },
  ],
  createWithPartners: [
    { name: 'recordOrder', undo: 'rejectOrder' },
    { name: 'holdCredit', undo: 'releaseCredit' },
    { name: 'commitStock', undo: 'releaseStock' },
    { name: 'confirmAtPartners', undo: SURPLUS_UNDO },
    { name: 'approveOrder', isPivot: true },
  ],
  cancel: [
    { name: 'claimCancel', isPivot: true },
    { name: 'releaseRest' },
    { name: 'decreaseCredit' },
    { name: 'finishCancel' },
  ],
  revise: [
    { name: 'claimRevision', undo: 'failRevision' },
    { name: 'increaseCredit', undo: 'revokeIncrease' },
    { name: 'extendStock', undo: 'undoExtend' },
    { name: 'applyRevision', isPivot: true },
    { name: 'shrinkStock' },
    { name: 'decreaseCredit' },
    { name: 'finishRevision' },
  ],
  reject: [{ name: 'claimRejection', isPivot: true }, ...afterRejection],
  overdue: [{ name: 'claimOverdue', isPivot: true }, ...afterRejection],
  ship: [
    { name: 'shipShipment', isPivot: true },
    { name: 'consumeStock' },
    { name: 'captureCredit' },
    { name: 'recordCaptured' },
  ],
  accept: [{ name: 'acceptShipment', isPivot: true }],
  deliver: [{ name: 'deliverShipment', isPivot: true }],
} as const satisfies Record<string, readonly PlannedStep[]>;

/**
 * The events with which what is under way on an order has begun, or begun again: being created or undone, having it
 * for itself, and letting something leave. How long that takes counts from the last of them, whatever else happens to
 * the order meanwhile.
 */
export const BEGINNINGS = {
  create: [
    'orders.order-recorded.v1',
    'orders.order-rejected.v1',
    'orders.surplus-booked.v1',
    'orders.compensation-retried.v1',
  ],
  taken: [
    'orders.cancel-claimed.v1',
    'orders.revision-claimed.v1',
    'orders.rejection-claimed.v1',
    'orders.commands-retried.v1',
  ],
  ship: ['orders.shipment-shipped.v1', 'orders.commands-retried.v1'],
} as const satisfies Record<string, readonly OrderEvent['type'][]>;

function named(name: string): PlannedStep {
  return { name };
}

/** The saga that an order began with: its command's id is the order's. */
export function creationOf({ id }: Pick<Order, 'id'>): OrderSaga {
  return { kind: 'create', id };
}

/** The sagas on an order that are not over, whoever carries them on; those that need attention come first. */
export function openSagasOf(order: Order): readonly OrderSaga[] {
  const { status, compensation, pending, shipments } = order;
  const changing: readonly OrderSaga[] = pending ? [{ kind: pending.kind, id: pending.commandId }] : [];
  const leaving = shipments.filter(isToCapture).map(shippingOf);
  const later = [...changing, ...leaving];
  const attended = later.filter((saga) => needsAttention(order, saga));
  const others = later.filter((saga) => !attended.includes(saga));
  const creation = creationOf(order);
  const isStuck =
    compensation === 'needs_attention' && (attended.length === 0 || needsAttention(order, creation));
  const isOpen = status === 'PENDING' || compensation === 'running' || isStuck;
  return [...(isOpen ? [creation] : []), ...attended, ...others];
}

/**
 * Whether a command that was taken has a part in an order: it has the order for itself, or has let something leave that
 * is to be captured. One that has none is over, also where an operator has ended it: its steps must not be taken then,
 * as what they would do has been done by hand.
 */
export function hasPartIn(order: Order, commandId: string): boolean {
  return (
    order.pending?.commandId === commandId ||
    order.shipments.some((shipment) => isToCapture(shipment) && shipment.shippedBy === commandId)
  );
}

function isToCapture(shipment: Shipment): boolean {
  return hasLeft(shipment) && shipment.captured === undefined;
}

function shippingOf({ id, shippedBy = id }: Shipment): OrderSaga {
  return { kind: 'ship', id: shippedBy };
}

/** Whether this saga is what an operator has to look at, or one of several. */
export function needsAttention({ attention, pending, shipments }: Order, { kind, id }: OrderSaga): boolean {
  if (kind === 'create') return undosLeft({ attention }).length > 0;
  if (kind === 'ship') return shipments.some((one) => isStopped(one) && shippingOf(one).id === id);
  return pending?.isStopped === true;
}

function planOf({ pending }: Order, { kind }: OrderSaga, hasPartners: boolean): readonly PlannedStep[] {
  if (kind === 'create') return hasPartners ? ORDER_PLANS.createWithPartners : ORDER_PLANS.create;
  return kind === 'reject' && isOverdue(pending) ? ORDER_PLANS.overdue : ORDER_PLANS[kind];
}

function isOverdue(pending: Pending | null): boolean {
  return pending?.kind === 'reject' && pending.reason === 'NO_RESPONSE';
}

/** What is done of a saga on an order, what remains and what was undone: true also where its workflow is dead. */
export function stepsOf(order: Order, saga: OrderSaga, { verdicts, hasPartners }: StoredSteps): SagaSteps {
  const known = { ...verdicts, ...verdictsOf(order, saga, hasPartners) };
  const plan = planOf(order, saga, hasPartners);
  const steps = stepsIn(plan, known, hasUndosLeft(order, saga, plan));
  return { ...steps, remaining: remainingOf(order, saga, steps.remaining, known) };
}

function hasUndosLeft(order: Order, saga: OrderSaga, plan: readonly PlannedStep[]): boolean {
  const left = needsAttention(order, saga) ? (order.attention?.remaining ?? []) : [];
  return plan.some(({ undo }) => undo !== undefined && left.includes(undo));
}

/** What the order's own row tells of steps that leave no answer beside it. */
function verdictsOf(order: Order, { kind, id }: OrderSaga, hasPartners: boolean): StepVerdicts {
  switch (kind) {
    case 'create':
      return verdictsOfCreation(order, hasPartners);
    case 'ship':
      return order.shipments.some(({ shippedBy, captured }) => shippedBy === id && captured !== undefined)
        ? { shipShipment: 'done', recordCaptured: 'done' }
        : { shipShipment: 'done' };
    default:
      return { [planOf(order, { kind, id }, hasPartners)[0]?.name ?? '']: 'done' };
  }
}

function verdictsOfCreation(order: Order, hasPartners: boolean): StepVerdicts {
  const { status, reason, compensation, attention } = order;
  if (reason === 'IDEMPOTENCY_KEY_REUSED') return { recordOrder: 'refused' };
  const asked = { ...(hasPartners ? { confirmAtPartners: 'done' } : {}) };
  if (isApproved(order)) return { recordOrder: 'done', ...asked, approveOrder: 'done' };
  if (status === 'PENDING') return { recordOrder: 'done' };
  // Partners keep no answer here; but they are told before the rest, and who could not be told is left.
  const isTold = hasPartners && compensation !== 'running' && !attention?.remaining.includes(SURPLUS_UNDO);
  return { recordOrder: 'done', rejectOrder: 'done', ...(isTold ? { [SURPLUS_UNDO]: 'done' } : {}) };
}

function isTurnedBack({ pending }: Order): boolean {
  return pending?.kind === 'revise' && pending.turnedBack !== undefined;
}

/** All of them: whoever has got furthest with the same command, what that one did is undone too. */
function undosIn(verdicts: StepVerdicts): readonly string[] {
  const undos = ORDER_PLANS.revise.flatMap((step) => ('undo' in step ? [step.undo] : []));
  return undos.reverse().filter((name) => verdicts[name] !== 'done');
}

function remainingOf(
  order: Order,
  saga: OrderSaga,
  planned: readonly string[],
  verdicts: StepVerdicts,
): readonly string[] {
  const { compensation, attention } = order;
  if (saga.kind === 'revise' && isTurnedBack(order)) return undosIn(verdicts);
  if (saga.kind !== 'create' || order.status === 'PENDING') return planned;
  if (attention) return undosLeft({ attention }).filter((name) => verdicts[name] !== 'done');
  if (compensation !== 'running') return [];
  return isApproved(order) ? [SURPLUS_UNDO] : planned;
}
