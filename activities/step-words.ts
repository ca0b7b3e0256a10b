import type { StepWord, StepWords } from '../src/contracts/saga';
import type { StepAnswer } from '../src/domain/decision';

interface Flags {
  readonly hasSurplus?: boolean;
  readonly partners?: readonly string[];
  readonly isOver?: boolean;
}

/** Returns the words of a step's answers by command id. The full answers stay in their store. */
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

/** Returns the word of one answer. */
export function wordOf(answer: StepAnswer<Flags>): StepWord {
  if (answer.kind === 'refused') {
    const { reason, detail, shortages } = answer;
    return {
      kind: 'refused',
      reason,
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
