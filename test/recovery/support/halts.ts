import type { Activities } from '../../../activities/activities';
import type { SagaFixture } from '../../support/saga-fixture';
import { deferred } from './saga-process';

/** A run on Temporal that stops before one of its steps. */
export interface HaltedRun {
  /** Resolves when a run reaches the step. */
  readonly there: Promise<void>;
  /** Runs the step, also when its workflow is gone; resolves when the step has taken effect. */
  goOn(): Promise<void>;
}

/**
 * Stops the first run of a command that reaches the first of these steps, and the next run that reaches the second.
 * Later runs go on.
 */
export function haltsOf(
  fixture: SagaFixture,
  { id }: { readonly id: string },
  [first, second]: readonly [keyof Activities, keyof Activities],
): readonly [HaltedRun, HaltedRun] {
  const halts = [haltAt(first), haltAt(second)] as const;
  for (const step of new Set([first, second]))
    fixture.interpose(step, (run, input) => {
      const isOurs = JSON.stringify(input).includes(`"${id}"`);
      const [one, other] = halts;
      const isSecondRun = one.isTaken;
      const halt = isSecondRun ? other : one;
      if (!isOurs || halt.step !== step || halt.isTaken) return run(input);
      return halt.take(() => run(input));
    });
  return halts;
}

function haltAt(step: keyof Activities) {
  const [reached, released, done] = [deferred<void>(), deferred<void>(), deferred<void>()];
  return {
    step,
    isTaken: false,
    there: reached.promise,
    async take(run: () => Promise<unknown>): Promise<unknown> {
      this.isTaken = true;
      reached.resolve();
      await released.promise;
      return run().finally(() => done.resolve());
    },
    async goOn(): Promise<void> {
      released.resolve();
      await done.promise;
    },
  };
}
