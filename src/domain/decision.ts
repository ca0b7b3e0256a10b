import type { Refusal } from './refusal';

/** The outcome of a decision: the answer for the caller, and the events to append (none: nothing changes). */
export interface Decision<Answer, Event> {
  readonly answer: Answer;
  readonly events: readonly Event[];
  /** True when the answer is not stored: a repeat of the command is decided again. */
  readonly isForNow?: true;
}

/** The answer of a step: done, with the output that later steps need, or a business refusal. */
export type StepAnswer<Given extends object = object> = ({ readonly kind: 'done' } & Given) | Refusal;

export const done = { kind: 'done' } as const;

/** Returns an answer that changes nothing, for a repeated command or one with nothing to act on. */
export function unchanged<Answer>(answer: Answer): Decision<Answer, never> {
  return { answer, events: [] };
}

/** Returns an answer that changes nothing and is not stored: a repeat of the command is decided again. */
export function unchangedForNow<Answer>(answer: Answer): Decision<Answer, never> {
  return { ...unchanged(answer), isForNow: true };
}

/**
 * Returns a refusal that is not stored, for a command that can no longer be reversed. Only inconsistent data causes it:
 * after the repair the same command is decided again.
 */
export function refusedForNow(answer: Refusal): Decision<Refusal, never> {
  return unchangedForNow(answer);
}

/**
 * Closes a `switch` over a union: an unhandled member does not compile.
 * @throws TypeError for an unhandled member at run time
 */
export function never(value: never): never {
  throw new TypeError(`unhandled case: ${JSON.stringify(value)}`);
}
