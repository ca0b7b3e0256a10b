import type { MemberEnd } from '../../../src/contracts/saga';
import type { AroundStep } from '../../support/direct-saga';
import { type Deferred, deferred, TransactionHold, transactionHold } from './saga-process';

/** The way in which a run stops at one of its steps. */
export type Halt =
  /** Before the step. */
  | 'before'
  /** After the step's commit and before its answer arrives; the step then runs again, as under Temporal. */
  | 'unheard'
  /** In the step's transaction, between its locks and its commit. */
  | 'inside';

/** Starts a saga whose steps go through `around`. */
export type StartSaga = (around: AroundStep) => Promise<readonly MemberEnd[]>;

/** One run of a saga, which a test stops at any step and resumes. */
export class SagaRun {
  /** The steps that it has reached, in order. */
  readonly steps: string[] = [];
  /** Holds a transaction of the step inside which the run stops. */
  readonly hold = new TransactionHold();
  #halt: { readonly at: number; readonly how: Halt } | undefined;
  #stopped = deferred<void>();
  #goOn: Deferred<void> | undefined;
  #ended: Promise<readonly MemberEnd[]> | undefined;

  constructor(private readonly start: StartSaga) {}

  /** Runs it until it stops at its step number `at` (from 0), or ends. */
  async upTo(at: number, how: Halt = 'before'): Promise<void> {
    this.#halt = { at, how };
    this.#stopped = deferred();
    this.#goOn?.resolve();
    await Promise.race([this.#stopped.promise, this.hold.entered, this.#run()]);
  }

  /** Resumes it and runs it to its end. */
  finish(): Promise<readonly MemberEnd[]> {
    this.#halt = undefined;
    this.#goOn?.resolve();
    this.hold.release();
    return this.#run();
  }

  #run(): Promise<readonly MemberEnd[]> {
    this.#ended ??= this.start((step, _, take) => this.#around(step, take));
    // The caller that awaits the end gets the failure.
    this.#ended.catch(() => undefined);
    return this.#ended;
  }

  async #around<T>(step: string, take: () => Promise<T>): Promise<T> {
    const at = this.steps.push(step) - 1;
    // A run stopped before a step may have to stop at that step again.
    while (this.#halt?.at === at && this.#halt.how === 'before') await this.#stop();
    if (this.#halt?.at !== at) return take();
    if (this.#halt.how === 'unheard') {
      await take();
      await this.#stop();
      return take();
    }
    const answer = await transactionHold.run(this.hold, take);
    // A step without a transaction of its own stops after it.
    if (!this.hold.isUsed) await this.#stop();
    return answer;
  }

  async #stop(): Promise<void> {
    this.#halt = undefined;
    const goOn = deferred<void>();
    this.#goOn = goOn;
    this.#stopped.resolve();
    await goOn.promise;
  }
}
