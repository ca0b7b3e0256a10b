import type { CreateOrder, OrderOutcome } from '../src/contracts/commands';
import type { OrderGiven } from '../src/contracts/steps';
import { compensationId } from '../src/contracts/workflow-names';
import type { MemberEnd } from './saga-member';

/** How an order's saga ended, as whoever started it hears of it. */
export function orderOutcomeOf(end: MemberEnd<CreateOrder, OrderGiven>): OrderOutcome {
  const orderId = end.command.commandId;
  switch (end.kind) {
    case 'completed':
      return { kind: end.given.backordered?.length ? 'backordered' : 'approved', orderId };
    case 'refused':
      return { kind: 'rejected', orderId, reason: end.reason };
    case 'owned-elsewhere':
      return { kind: 'owned-elsewhere', orderId, sagaId: end.sagaId };
    case 'continued':
      return { kind: 'continued', orderId, workflowId: end.workflowId };
    // No undo of an order says this; what is left of one would go on in the compensation of its own.
    case 'unfinished':
      return { kind: 'continued', orderId, workflowId: compensationId(orderId) };
    default:
      return never(end);
  }
}

function never(end: never): never {
  throw new TypeError(`unhandled end: ${JSON.stringify(end)}`);
}
