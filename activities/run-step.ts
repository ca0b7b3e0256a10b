import { type CallResult, resultOf } from '../src/contracts/call-results';
import type { StepDeps } from './step-deps';
import { asStep, type NoteFailure, type StepRun } from './step-faults';

/** Returns the answer of each command of a step. */
type AnswersOf<Answer> = (answer: Answer) => readonly { readonly kind: string }[];

/** Runs a step for commands: maps its faults for the saga, and tells the observer how each command fared. */
export type RunStep = <Answer>(
  run: StepRun,
  work: () => Promise<Answer>,
  answersOf: AnswersOf<Answer>,
) => Promise<Answer>;

/** Creates a runner of steps whose lasting failures are noted by `noteFailure`. */
export function stepRunner(deps: StepDeps, noteFailure: NoteFailure): RunStep {
  return (run, work, answersOf) =>
    asStep(run, () => observed(deps, run.step, run.ids.length, work, answersOf), noteFailure);
}

/** Runs a step for `commands` commands and tells the observer its duration and its result, once for each of them. */
export async function observed<Answer>(
  deps: StepDeps,
  step: string,
  commands: number,
  work: () => Promise<Answer>,
  answersOf: AnswersOf<Answer>,
): Promise<Answer> {
  const since = performance.now();
  const tell = (results: readonly CallResult[]) => {
    const seconds = (performance.now() - since) / 1_000;
    for (const result of results) deps.observer.stepEnded(step, result, seconds);
  };
  try {
    const answer = await work();
    tell(answersOf(answer).map(resultOf));
    return answer;
  } catch (error) {
    tell(new Array<CallResult>(commands).fill('failed'));
    throw error;
  }
}
