import type { Activities } from '../../../activities/activities';
import type { SagaFixture } from '../../support/saga-fixture';
import { deferred } from './saga-process';

/** A run on Temporal that is stopped before one of its steps. */
export interface HaltedRun {
  /** Resolves when a run has come to the step. */
  readonly there: Promise<void>;
  /** Takes the step, also where its workflow is gone; resolves when it has taken effect. */
  goOn(): Promise<void>;
}

/**
 * Stops the first run of a command that comes to the first of these steps, and the next one that comes to the second.
 * Whoever comes to them later goes by.
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
