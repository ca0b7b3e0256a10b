import type { RefusalReason } from '../refusal';
import { type SagaSteps, stepsIn } from '../saga-steps';
import { ORDER_PLANS, type OrderSaga, type StoredSteps } from './open-sagas';
import type { OrderEvent } from './order-events';

/** A command on an order as the order's log tells of it, also long after it is over. */
export interface LoggedCommand extends OrderSaga {
  /** It got past its first step; one that did not was refused there. */
  readonly wasTaken: boolean;
  /** It was made because a node had let its deadline pass. */
  readonly isOverdue: boolean;
  /** Why it was refused, or has failed; null: it was not, or is under way. */
  readonly refusal: RefusalReason | null;
}

/** The events by which a command is taken. */
const TAKEN_WITH = {
  'orders.shipment-accepted.v1': 'accept',
  'orders.shipment-shipped.v1': 'ship',
  'orders.shipment-delivered.v1': 'deliver',
  'orders.rejection-claimed.v1': 'reject',
  'orders.cancel-claimed.v1': 'cancel',
  'orders.revision-claimed.v1': 'revise',
} as const satisfies { readonly [Type in OrderEvent['type']]?: OrderSaga['kind'] };

/** What the events that name a command tell of it, in their order; undefined where they are of none. */
export function loggedCommand(id: string, events: readonly OrderEvent[]): LoggedCommand | undefined {
  return events.reduce<LoggedCommand | undefined>(
    (known, event) => toldOf(id, event) ?? failed(known, event),
    undefined,
  );
}

function toldOf(id: string, { type, data }: OrderEvent): LoggedCommand | undefined {
  if (type === 'orders.command-refused.v1')
    return { id, kind: data.kind, wasTaken: false, isOverdue: false, refusal: data.reason };
  if (!(type in TAKEN_WITH)) return undefined;
  const isOverdue = type === 'orders.rejection-claimed.v1' && data.reason === 'NO_RESPONSE';
  return { id, kind: TAKEN_WITH[type as keyof typeof TAKEN_WITH], wasTaken: true, isOverdue, refusal: null };
}

function failed(known: LoggedCommand | undefined, { type, data }: OrderEvent): LoggedCommand | undefined {
  return known && type === 'orders.revision-failed.v1' ? { ...known, refusal: data.reason } : known;
}

/** What was done and undone of a command that is over. What an operator has done by hand is no step of it. */
export function stepsOfEnded(
  { kind, isOverdue, wasTaken, refusal }: LoggedCommand,
  { verdicts }: StoredSteps,
): SagaSteps {
  const plan = isOverdue ? ORDER_PLANS.overdue : ORDER_PLANS[kind];
  const claim = plan[0];
  const known = { ...verdicts, [claim.name]: wasTaken ? 'done' : 'refused' };
  const undone = wasTaken && refusal !== null && 'undo' in claim ? { [claim.undo]: 'done' } : {};
  return { ...stepsIn(plan, { ...known, ...undone }), remaining: [] };
}
