import type { StepWord, StepWords } from '../src/contracts/saga';
import { shortened } from '../src/contracts/shortened-text';
import type { StepAnswer } from '../src/domain/decision';
import { explained } from '../src/domain/refusal';

interface Flags {
  readonly hasSurplus?: boolean;
  readonly partners?: readonly string[];
  readonly isOver?: boolean;
}

const LONGEST_NOTE_BYTES = 240;

/** Shortens a note, so that the result that the workflow gets stays short. */
export function noteText(text: string): string {
  return shortened(text, LONGEST_NOTE_BYTES);
}

/** Returns the short results of a step by command id. The full answers stay in their store. */
export function wordsOf(
  ids: readonly string[],
  answers: readonly (StepAnswer<Flags> | undefined)[],
): StepWords {
  return Object.fromEntries(
    ids.map((id, at) => {
      const answer = answers[at];
      if (!answer) throw new Error(`a step returned no answer for command ${id}`);
      return [id, wordOf(answer)];
    }),
  );
}

/** Returns the short result of one answer. */
export function wordOf(answer: StepAnswer<Flags>): StepWord {
  if (answer.kind === 'refused') {
    const { reason, detail, shortages } = answer;
    return {
      kind: 'refused',
      reason,
      note: noteText(explained(answer)),
      ...(detail === undefined ? {} : { detail }),
      ...(shortages === undefined ? {} : { shortages }),
    };
  }
  return {
    kind: 'done',
    ...(answer.partners && answer.partners.length > 0 ? { hasPartners: true } : {}),
    ...(answer.hasSurplus ? { hasSurplus: true } : {}),
    ...(answer.isOver ? { isOver: true } : {}),
  };
}
