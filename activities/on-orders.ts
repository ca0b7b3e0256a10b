import type { OnOrder } from '../src/contracts/commands';
import type { StepInput, StepMember } from '../src/contracts/steps';
import type { Decision } from '../src/domain/decision';
import type { Deadlines } from '../src/domain/order/order';
import type { OrderEvent } from '../src/domain/order/order-events';
import type { LoadedOrder, OrdersStore } from '../src/stores/orders-store';

/**
 * How long there is, where nobody has set it: a working day to accept, three days to send, and a week in which what a
 * node gives back is looked for at others.
 */
export const USUAL_DEADLINES: Deadlines = {
  acceptSeconds: 28_800,
  shipSeconds: 259_200,
  captureSeconds: 60,
  sourcingSeconds: 604_800,
};

/** The orders store, and how long nodes have. */
export interface OrdersAndDeadlines {
  readonly orders: OrdersStore;
  readonly deadlines: Deadlines;
}

/** A step of a set on approved orders: the same command again gets the same answer, whatever came after it. */
export function onOrders<C extends OnOrder, Given, Answer extends object>(
  orders: OrdersStore,
  step: string,
  { members }: StepInput<C, Given>,
  decide: (loaded: LoadedOrder, member: StepMember<C, Given>) => Decision<Answer, OrderEvent>,
): Promise<Answer[]> {
  const commands = members.map((member) => ({ ...member.command, member }));
  return orders.stepOnce(step, commands, (loaded, { member }) => decide(loaded, member));
}

/** What the step before has given. @throws where it has not, which is a fault of its saga */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the step before has not said what this one needs');
  return value;
}
