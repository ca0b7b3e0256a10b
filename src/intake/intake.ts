import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../contracts/commands';

/** A saga that carries a set: known to have been started, and the outcomes of its members in their order. */
export interface RunningSaga<Outcome> {
  readonly outcomes: Promise<readonly Outcome[]>;
}

/** Starts a saga for a set; resolves when Temporal has it, rejects when that could not be learned in time. */
export type StartSaga<C extends Command, Outcome> = (commands: readonly C[]) => Promise<RunningSaga<Outcome>>;

export interface IntakeLimits {
  /** The most commands one saga carries. */
  readonly setSize: number;
  /** The most that the commands of one saga weigh together; one that weighs more travels alone. */
  readonly setWeight: number;
  /** The most sagas in flight before commands wait; a slot comes free at completion or after `slotTimeoutMs`. */
  readonly slots: number;
  /** How long a command waits for the saga in flight before it takes a further slot in a set that is not full. */
  readonly patienceMs: number;
  readonly slotTimeoutMs: number;
  /** How long it has to be quiet after a set has ended before the next one starts, so that callers in step stay together. */
  readonly quietMs: number;
  /** The most commands that may wait; past it callers are turned away. */
  readonly queue: number;
}

/** What the taker of a command gets: acceptance first, the outcome later. Neither promise need be awaited. */
export interface Ticket<Outcome> {
  readonly accepted: Promise<void>;
  readonly outcome: Promise<Outcome>;
}

/** The queue is full: nothing was taken, try again in a moment. */
export class IntakeFull extends Error {}

interface Waiting<C, Outcome> extends Ticket<Outcome> {
  readonly command: C;
  /** When it was submitted, on the process's own clock. */
  readonly since: number;
  accept(): void;
  settle(outcome: Outcome): void;
  fail(error: unknown): void;
}

/**
 * Gathers commands and starts the sagas that carry them, as a database's group commit does with transactions: a
 * lone command starts at once, alone; commands that arrive while sagas are in flight travel in the next one
 * together. What waits here has not been acknowledged, so losing it loses nothing.
 */
export class Intake<C extends Command, Outcome> {
  readonly #waiting: Waiting<C, Outcome>[] = [];
  readonly #known = new Map<string, Waiting<C, Outcome>>();
  #inFlight = 0;
  #lastArrival = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #lastSize = 0;
  #pacing = false;
  #impatience: NodeJS.Timeout | undefined;

  constructor(
    private readonly start: StartSaga<C, Outcome>,
    private readonly limits: IntakeLimits,
    /** What a command adds to its saga's payloads, in whatever unit `setWeight` is in. */
    private readonly weigh: (command: C) => number = () => 1,
  ) {}

  /** The command with this id, while it waits or its saga runs. */
  pending(commandId: string): C | undefined {
    return this.#known.get(commandId)?.command;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes a command; the same one again shares the first one's ticket. Throws IntakeFull. */
  submit(command: C): Ticket<Outcome> {
    const known = this.#known.get(command.commandId);
    if (known) return known;
    if (this.#waiting.length >= this.limits.queue) throw new IntakeFull('too many commands are waiting');
    const waiting = waitingFor<C, Outcome>(command);
    this.#waiting.push(waiting);
    this.#known.set(command.commandId, waiting);
    this.#lastArrival = performance.now();
    void this.#pump();
    return waiting;
  }

  async #pump(): Promise<void> {
    if (this.#pacing) return;
    this.#pacing = true;
    try {
      while (this.#mayStart()) {
        await this.#quiet();
        const set = this.#waiting.splice(0, this.#nextSetSize());
        if (set.length > 0) void this.#carry(set);
      }
    } finally {
      this.#pacing = false;
    }
  }

  /** Fewer and larger sets beat more and smaller ones: beside a saga in flight only a full set starts at once. */
  #mayStart(): boolean {
    const { slots, setSize, patienceMs } = this.limits;
    const [oldest] = this.#waiting;
    if (!oldest || this.#inFlight >= slots) return false;
    if (this.#inFlight === 0 || this.#waiting.length >= setSize) return true;
    const left = oldest.since + patienceMs - performance.now();
    if (left <= 0) return true;
    this.#impatience ??= setTimeout(() => {
      this.#impatience = undefined;
      void this.#pump();
    }, left).unref();
    return false;
  }

  /**
   * Right after a set its callers come back one by one: wait until they have, unless a whole set is there already.
   * A caller who was alone comes back alone, and starts at once.
   */
  async #quiet(): Promise<void> {
    const { quietMs, setSize } = this.limits;
    for (;;) {
      const now = performance.now();
      const isAlone = this.#lastSize === 1 && this.#inFlight === 0 && this.#waiting.length === 1;
      const isJustAfterASet = Math.min(now, this.#lastArrival) - this.#lastEnd < 2 * quietMs;
      const left = Math.max(this.#lastArrival, this.#lastEnd) + quietMs - now;
      if (isAlone || !isJustAfterASet || left <= 0 || this.#waiting.length >= setSize) return;
      await sleep(left);
    }
  }

  #nextSetSize(): number {
    const { setSize, setWeight } = this.limits;
    let weight = 0;
    const candidates = this.#waiting.slice(0, setSize);
    const tooHeavy = candidates.findIndex(({ command }) => {
      weight += this.weigh(command);
      return weight > setWeight;
    });
    return tooHeavy === -1 ? candidates.length : Math.max(1, tooHeavy);
  }

  async #carry(set: readonly Waiting<C, Outcome>[]): Promise<void> {
    this.#inFlight += 1;
    let isSlotFree = false;
    const freeSlot = () => {
      if (isSlotFree) return;
      isSlotFree = true;
      this.#inFlight -= 1;
      void this.#pump();
    };
    const timer = setTimeout(freeSlot, this.limits.slotTimeoutMs).unref();
    try {
      const saga = await this.start(set.map(({ command }) => command));
      for (const member of set) member.accept();
      const outcomes = await saga.outcomes;
      for (const [index, member] of set.entries()) settle(member, outcomes[index]);
    } catch (error) {
      for (const member of set) member.fail(error);
    } finally {
      clearTimeout(timer);
      for (const { command } of set) this.#known.delete(command.commandId);
      this.#lastEnd = performance.now();
      this.#lastSize = set.length;
      freeSlot();
    }
  }
}

function settle<C extends Command, Outcome>(member: Waiting<C, Outcome>, outcome: Outcome | undefined): void {
  if (outcome === undefined)
    member.fail(new Error(`the saga gave no outcome for ${member.command.commandId}`));
  else member.settle(outcome);
}

function waitingFor<C, Outcome>(command: C): Waiting<C, Outcome> {
  const acceptance = deferred<void>();
  const result = deferred<Outcome>();
  return {
    command,
    since: performance.now(),
    accepted: acceptance.promise,
    outcome: result.promise,
    accept: () => acceptance.resolve(),
    settle: result.resolve,
    fail(error) {
      acceptance.reject(error);
      result.reject(error);
    },
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  // Whoever does not wait for an outcome must not bring the process down when there is none.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
