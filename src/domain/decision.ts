import type { Refusal } from './refusal';

/** What a decision comes to: the answer for the caller, and the events that make it true (none: nothing changes). */
export interface Decision<Answer, Event> {
  readonly answer: Answer;
  readonly events: readonly Event[];
  /** The answer is not kept: the same command is decided on again when it comes again. */
  readonly isForNow?: true;
}

/** A step either did its part (and says what the next steps need of it) or refused for a business reason. */
export type StepAnswer<Given extends object = object> = ({ readonly kind: 'done' } & Given) | Refusal;

export const done = { kind: 'done' } as const;

/** An answer that changes nothing: the same command seen again, or one that has nothing to act on. */
export function unchanged<Answer>(answer: Answer): Decision<Answer, never> {
  return { answer, events: [] };
}

/**
 * A refusal where the command cannot be taken back any more. Only wrong data explain it: once they are mended, the
 * same command fares better.
 */
export function refusedForNow(answer: Refusal): Decision<Refusal, never> {
  return { answer, events: [], isForNow: true };
}

/** Closes a `switch` over a union: a member that nobody handles fails to compile, and to run. */
export function never(value: never): never {
  throw new TypeError(`unhandled case: ${JSON.stringify(value)}`);
}
