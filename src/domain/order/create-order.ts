import type { CommandRow, CreateDecision, WantedOrder } from '../command/recorded-command';
import type { ReservationGiven } from '../inventory/reservation/reservation';
import type { RefusalReason, Shortage } from '../refusal';
import { waitsByLine, withEarlyFills } from './fill-order';
import { sourcesByLine, totalOf, without } from './line-units';
import type { Order, Terms } from './order';
import { alreadyDecided, type OrderDecision } from './order-decision';
import type { Approval, OrderEvent, RecordedOrder } from './order-events';

/** Returns the event that records an order as PENDING. */
export function recordedOrder(caller: string, wanted: WantedOrder): OrderEvent {
  const { traceparent: _, ...content } = wanted;
  const data: RecordedOrder = { caller, ...content, total: totalOf(wanted.lines) };
  return { type: 'orders.order-recorded.v1', data };
}

/** A run's proposal for an order: approve it with the reserved stock, or reject it. */
export type OrderProposal =
  | { readonly kind: 'approve'; readonly stock: ReservationGiven; readonly hasSurplus: boolean }
  | {
      readonly kind: 'reject';
      readonly reason: RefusalReason;
      readonly detail?: string;
      readonly shortages?: readonly Shortage[];
    };

/**
 * Decides an order in its row, once. A later run gets the stored decision, whatever it proposes. An approval releases
 * the order's shipments, and closes the command when nothing is left to do.
 * @throws Error when the command is undecided and the order is not PENDING
 */
export function decideOrder(
  order: Order | undefined,
  command: CommandRow<'create'>,
  proposal: OrderProposal,
  terms: Terms,
): OrderDecision<CreateDecision> {
  if (command.decision) return alreadyDecided(command.decision);
  if (order?.status !== 'PENDING') throw new Error(`order ${command.subject} is undecided, but not PENDING`);
  return proposal.kind === 'approve'
    ? approval(order, command, proposal, terms)
    : rejection(command, proposal);
}

function approval(
  order: Order,
  { id }: CommandRow<'create'>,
  { stock, hasSurplus }: Extract<OrderProposal, { kind: 'approve' }>,
  terms: Terms,
): OrderDecision<CreateDecision> {
  const { reservationId, allocations, backordered } = stock;
  const sources = sourcesByLine(order.lines, allocations);
  const waits = waitsByLine(without(order.lines, sources), backordered);
  const data: Approval = { reservationId, sources, ...(waits.length === 0 ? {} : { backordered: waits }) };
  const decision: CreateDecision = {
    kind: waits.length === 0 ? 'approved' : 'backordered',
    ...(hasSurplus ? { hasSurplus } : {}),
  };
  return {
    answer: decision,
    events: withEarlyFills(order, { type: 'orders.order-approved.v1', data }, terms),
    commands: [{ id, decision, ...(hasSurplus ? {} : { close: true }) }],
  };
}

function rejection(
  { id }: Pick<CommandRow<'create'>, 'id'>,
  proposal: Extract<OrderProposal, { kind: 'reject' }>,
): OrderDecision<CreateDecision> {
  const decision: CreateDecision = { ...proposal, kind: 'rejected' };
  return { answer: decision, events: [rejected(proposal)], commands: [{ id, decision }] };
}

/** Returns the event that rejects an order. */
export function rejected({
  reason,
  shortages,
}: {
  readonly reason: RefusalReason;
  readonly shortages?: readonly Shortage[];
}): OrderEvent {
  const data = { reason, ...(shortages === undefined ? {} : { shortages }) };
  return { type: 'orders.order-rejected.v1', data };
}
