import type { CommandChange } from '../command/recorded-command';
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
