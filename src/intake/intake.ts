/** A batch that was carried: an answer for each of its commands, and when what it started has ended. */
export interface Carried<Answer> {
  readonly answers: readonly (Answer | Failed)[];
  /** Settles, in whatever way, when the batch's saga has ended. */
  readonly ended: Promise<unknown>;
}

/** A command that could not be taken, alone of its batch. */
export class Failed {
  constructor(readonly error: unknown) {}
}

/** Records a batch and starts its saga; resolves when its commands are recorded. */
export type CarryBatch<C, Answer> = (batch: readonly C[]) => Promise<Carried<Answer>>;

export interface IntakeLimits {
  /** The most commands one batch carries. */
  readonly batchSize: number;
  /** The most that the commands of one batch weigh together; one that weighs more travels alone. */
  readonly batchWeight: number;
  /** The most sagas in flight before commands wait. */
  readonly slots: number;
  /** A slot comes free when its saga ends, and this long after its start at the latest. */
  readonly slotTimeoutMs: number;
  /** How long a command waits for the saga in flight before it takes a further slot in a batch that is not full. */
  readonly patienceMs: number;
  /** How long it has to be quiet after a batch has ended before the next one starts, so that callers in step stay together. */
  readonly quietMs: number;
  /** The most commands that may wait; past it callers are turned away. */
  readonly queue: number;
}

/** The queue is full: nothing was taken, try again in a moment. */
export class IntakeFull extends Error {}

interface Waiting<C, Answer> {
  readonly command: C;
  /** When it was submitted, on the process's own clock. */
  readonly since: number;
  readonly answer: Promise<Answer>;
  settle(answer: Answer | Failed | undefined): void;
}

/**
 * Gathers commands and has them carried together, as a database's group commit does with transactions: a lone command
 * goes at once, alone; commands that arrive while sagas are in flight travel in the next batch together. What waits
 * here has not been acknowledged, so losing it loses nothing.
 */
export class Intake<C, Answer> {
  readonly #waiting: Waiting<C, Answer>[] = [];
  #inFlight = 0;
  #lastArrival = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  /** As many as waited when the last batch began, its own commands included. */
  #comingBack = 0;
  #onAllBack = (): void => undefined;
  #pacing = false;
  #impatience: NodeJS.Timeout | undefined;

  constructor(
    private readonly carryBatch: CarryBatch<C, Answer>,
    private readonly limits: IntakeLimits,
    /** What a command adds to its batch, in whatever unit `batchWeight` is in. */
    private readonly weigh: (command: C) => number = () => 1,
  ) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Takes a command; the answer comes once it is recorded.
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

  /** Fewer and larger batches beat more and smaller ones: beside a saga in flight only a full batch starts at once. */
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
   * Right after a batch its callers come back one by one: wait until as many as there were are there again, a whole batch
   * is, or it has been quiet. A caller who was alone comes back alone, and goes at once.
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
  // A caller that has gone must not bring the process down when its command fails.
  answer.catch(() => undefined);
  return {
    command,
    since: performance.now(),
    answer,
    settle(settled) {
      if (settled === undefined) reject(new Error('a batch gave no answer for a command'));
      else if (settled instanceof Failed) reject(settled.error);
      else resolve(settled);
    },
  };
}
