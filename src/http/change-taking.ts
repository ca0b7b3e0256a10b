import { randomUUID } from 'node:crypto';
import type { CommandOutcome, OnOrder } from '../contracts/commands';
import { hasPartIn } from '../domain/order/open-sagas';
import type { Order } from '../domain/order/order';
import type { Refusal } from '../domain/refusal';
import type { Intake } from '../intake/intake';
import type { Cause } from '../stores/event-log';
import type { OrdersReads } from '../stores/orders-reads';
import { acceptanceOf, commandIdOf, fingerprintOf, settlesWithin, submitTo } from './idempotency';
import type { Reply } from './operation';
import { lostChange, refusedChange } from './refused-problem';

/** A request to change an order that is there, as far as all such requests are alike. */
export interface ChangeRequest {
  readonly caller: string;
  readonly cause: Cause;
  readonly headers: { readonly 'Idempotency-Key'?: string | undefined; readonly Prefer: number };
  readonly body: unknown;
}

export interface Change<C extends OnOrder> {
  readonly intake: Intake<C, CommandOutcome>;
  readonly order: Order;
  readonly command: C;
  /** Why the order as stored does not allow it. */
  readonly refusal: Refusal | undefined;
}

/** What all commands on an order carry. Without a key of the caller's every request is a command of its own. */
export function onOrder(
  order: Order,
  what: string,
  { caller, cause, headers, body }: ChangeRequest,
): OnOrder {
  const idempotencyKey = headers['Idempotency-Key'] ?? randomUUID();
  const fingerprint = fingerprintOf({ what, body });
  return {
    commandId: commandIdOf('cmd_', { caller, idempotencyKey, fingerprint }),
    caller,
    correlation: order.id,
    ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
    orderId: order.id,
    customerId: order.customerId,
  };
}

/**
 * Takes a change: what stored state refuses is refused at once, the rest is handed over and, if the caller wants to,
 * waited for. A command that was sent before has the answer it had.
 * @throws Problem not-found, conflict, refused or unavailable
 */
export async function takeChange<C extends OnOrder>(
  reads: OrdersReads,
  { intake, command, refusal }: Change<C>,
  waitSeconds: number,
): Promise<{ readonly isReplay: boolean; readonly isOver: boolean }> {
  const answered = await reads.answerTo(command.commandId);
  if (answered?.kind === 'refused') throw lostChange(answered);
  const isReplay = answered !== undefined || intake.pending(command.commandId) !== undefined;
  if (!isReplay && refusal) throw refusedChange(refusal);
  if (answered && (await isOver(reads, command))) return { isReplay, isOver: waitSeconds > 0 };
  const ticket = submitTo(intake, command);
  await acceptanceOf(ticket);
  const isSettled = await settlesWithin(ticket.outcome, waitSeconds * 1_000);
  if (!isSettled) return { isReplay, isOver: false };
  // A saga that was lost says nothing: somebody takes it up again, and the order will tell.
  const outcome = await ticket.outcome.catch(() => undefined);
  if (!outcome) return { isReplay, isOver: false };
  if (outcome.kind === 'refused') throw lostChange(outcome);
  return { isReplay, isOver: outcome.kind === 'done' };
}

/** Read after the answer: what was taken shows in the order, until it is over. */
async function isOver(reads: OrdersReads, { orderId, commandId }: OnOrder): Promise<boolean> {
  const order = await reads.order(orderId);
  return order !== undefined && !hasPartIn(order, commandId);
}

/** 200 with what became of it where it was waited for, and else 202 with how it stands. */
export function changeReply(
  { isReplay, isOver }: { readonly isReplay: boolean; readonly isOver: boolean },
  waitSeconds: number,
  views: { readonly path: string; readonly whole: object; readonly brief: object },
): Reply {
  const headers = {
    ...(isReplay ? { 'Idempotent-Replayed': 'true' } : {}),
    ...(waitSeconds > 0 ? { 'Preference-Applied': `wait=${waitSeconds}` } : {}),
  };
  if (isOver) return { status: 200, headers, json: views.whole };
  return { status: 202, headers: { ...headers, Location: views.path }, json: views.brief };
}
