import type { CommandChange } from '../command/recorded-command';
import { done } from '../decision';
import type { OrderEvent } from './order-events';

/** A decision in an order's row: the answer, the order's events, and the changes to command rows. */
export interface OrderDecision<Answer> {
  readonly answer: Answer;
  readonly events: readonly OrderEvent[];
  readonly commands: readonly CommandChange[];
}

/** Repeats a stored decision. */
export function alreadyDecided<Answer>(answer: Answer): OrderDecision<Answer> {
  return { answer, events: [], commands: [] };
}

/** Frees an order from its command. The command closes too, unless partners have more than the order needs. */
export function freed(id: string, hasSurplus: boolean, event: OrderEvent): OrderDecision<typeof done> {
  return { answer: done, events: [event], commands: hasSurplus ? [] : [{ id, close: true }] };
}
