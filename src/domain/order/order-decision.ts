import type { CommandChange } from '../command/recorded-command';
import { done } from '../decision';
import type { OrderEvent } from './order-events';

/** A decision in an order's row: the answer, the order's events, and what it does to rows of commands. */
export interface OrderDecision<Answer> {
  readonly answer: Answer;
  readonly events: readonly OrderEvent[];
  readonly commands: readonly CommandChange[];
}

/** Repeats a decision that was stored earlier. */
export function alreadyDecided<Answer>(answer: Answer): OrderDecision<Answer> {
  return { answer, events: [], commands: [] };
}

/** Frees an order from its command, which closes with it unless partners still have more than the order needs. */
export function freed(id: string, hasSurplus: boolean, event: OrderEvent): OrderDecision<typeof done> {
  return { answer: done, events: [event], commands: hasSurplus ? [] : [{ id, close: true }] };
}
