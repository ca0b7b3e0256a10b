/** The result of carrying a batch: one answer for each of its commands, in their order. */
export interface Carried<Answer> {
  readonly answers: readonly (Answer | Failed)[];
  /** Settles when the saga of the batch has ended, well or not. */
  readonly ended: Promise<unknown>;
}

/** The failure of one command of a batch; the other commands are not affected. */
export class Failed {
  constructor(readonly error: unknown) {}
}

/** Records a batch and starts its saga; resolves when its commands are recorded. */
export type CarryBatch<C, Answer> = (batch: readonly C[]) => Promise<Carried<Answer>>;

export interface IntakeLimits {
  /** The most commands of one batch. */
  readonly batchSize: number;
  /** The highest total weight of a batch; a command that weighs more travels alone. */
  readonly batchWeight: number;
  /** The most sagas in flight; further commands wait. */
  readonly slots: number;
  /** The time after which a slot is free again, even when its saga still runs. */
  readonly slotTimeoutMs: number;
  /** The longest wait for a saga in flight; then a command takes a further slot in a batch that is not full. */
  readonly patienceMs: number;
  /** The quiet time after a batch has ended before the next one starts, so that callers in step stay together. */
  readonly quietMs: number;
  /** The most commands that may wait; `submit` refuses further ones. */
  readonly queue: number;
}

/** The queue is full. The command was not taken; the caller may try again in a moment. */
export class IntakeFull extends Error {}

interface Waiting<C, Answer> {
  readonly command: C;
  /** The time of submission, on the process's monotonic clock. */
  readonly since: number;
  readonly answer: Promise<Answer>;
  settle(answer: Answer | Failed | undefined): void;
}

/**
 * Gathers commands into batches, as the group commit of a database gathers transactions. A lone command goes at once;
 * commands that arrive while sagas are in flight travel in the next batch. A waiting command has not been acknowledged,
 * so its loss loses nothing.
 */
export class Intake<C, Answer> {
  readonly #waiting: Waiting<C, Answer>[] = [];
  #inFlight = 0;
  #lastArrival = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  /** The commands of the last batch and those that waited when it began: the number of callers expected back. */
  #comingBack = 0;
  #onAllBack = (): void => undefined;
  #pacing = false;
  #impatience: NodeJS.Timeout | undefined;

  constructor(
    private readonly carryBatch: CarryBatch<C, Answer>,
    private readonly limits: IntakeLimits,
    /** The weight of a command, in the unit of `batchWeight`. */
    private readonly weigh: (command: C) => number = () => 1,
  ) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Takes a command; resolves with its answer once it is recorded.
   * @throws IntakeFull
   */
  submit(command: C): Promise<Answer> {
    if (this.#waiting.length >= this.limits.queue) throw new IntakeFull('too many commands are waiting');
    const waiting = waitingFor<C, Answer>(command);
    this.#waiting.push(waiting);
    this.#lastArrival = performance.now();
    if (this.#areBack()) this.#onAllBack();
    void this.#pump();
    return waiting.answer;
  }

  async #pump(): Promise<void> {
    if (this.#pacing) return;
    this.#pacing = true;
    try {
      while (this.#mayStart()) {
        await this.#quiet();
        const batch = this.#waiting.splice(0, this.#nextBatchSize());
        if (batch.length > 0) void this.#carry(batch);
      }
    } finally {
      this.#pacing = false;
    }
  }

  /**
   * True when a batch may start now. Few large batches beat many small ones: while a saga is in flight, a full batch
   * starts at once and any other only after `patienceMs`.
   */
  #mayStart(): boolean {
    const { slots, batchSize, patienceMs } = this.limits;
    const [oldest] = this.#waiting;
    if (!oldest || this.#inFlight >= slots) return false;
    if (this.#inFlight === 0 || this.#waiting.length >= batchSize) return true;
    const left = oldest.since + patienceMs - performance.now();
    if (left <= 0) return true;
    this.#impatience ??= setTimeout(() => {
      this.#impatience = undefined;
      void this.#pump();
    }, left).unref();
    return false;
  }

  /**
   * Waits right after a batch, because its callers return one by one: until as many commands wait as before, a full
   * batch waits, or none has arrived for `quietMs`. The command of a lone caller goes at once.
   */
  async #quiet(): Promise<void> {
    const { quietMs } = this.limits;
    for (;;) {
      const now = performance.now();
      const isJustAfterABatch = Math.min(now, this.#lastArrival) - this.#lastEnd < 2 * quietMs;
      const left = Math.max(this.#lastArrival, this.#lastEnd) + quietMs - now;
      if (this.#areBack() || !isJustAfterABatch || left <= 0) return;
      await this.#allBackWithin(left);
    }
  }

  #areBack(): boolean {
    return this.#waiting.length >= Math.min(this.limits.batchSize, this.#comingBack);
  }

  #allBackWithin(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#onAllBack = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #nextBatchSize(): number {
    const { batchSize, batchWeight } = this.limits;
    let weight = 0;
    const candidates = this.#waiting.slice(0, batchSize);
    const tooHeavy = candidates.findIndex(({ command }) => {
      weight += this.weigh(command);
      return weight > batchWeight;
    });
    return tooHeavy === -1 ? candidates.length : Math.max(1, tooHeavy);
  }

  async #carry(batch: readonly Waiting<C, Answer>[]): Promise<void> {
    this.#inFlight += 1;
    this.#comingBack = batch.length + this.#waiting.length;
    let timer: NodeJS.Timeout | undefined;
    try {
      const { answers, ended } = await this.carryBatch(batch.map(({ command }) => command));
      for (const [index, member] of batch.entries()) member.settle(answers[index]);
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, this.limits.slotTimeoutMs).unref();
      });
      await Promise.race([ended.catch(() => undefined), timeout]);
    } catch (error) {
      for (const member of batch) member.settle(new Failed(error));
    } finally {
      clearTimeout(timer);
      this.#lastEnd = performance.now();
      this.#inFlight -= 1;
      void this.#pump();
    }
  }
}

function waitingFor<C, Answer>(command: C): Waiting<C, Answer> {
  let resolve: (answer: Answer) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const answer = new Promise<Answer>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  // Without a handler, the rejection of a command whose caller has disconnected would end the process.
  answer.catch(() => undefined);
  return {
    command,
    since: performance.now(),
    answer,
    settle(settled) {
      if (settled === undefined) reject(new Error('a batch returned no answer for one of its commands'));
      else if (settled instanceof Failed) reject(settled.error);
      else resolve(settled);
    },
  };
}
