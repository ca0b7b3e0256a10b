import type { CommandOutcome } from '../contracts/commands';

const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 300_000;

interface Rest {
  readonly until: number;
  readonly ms: number;
}

/**
 * What a watch has seen to in vain, and leaves alone for a while, twice as long each time: data that a step fails on
 * would have a saga started at every look, and hide whatever is due after it.
 */
export class LeftAlone {
  readonly #rests = new Map<string, Rest>();

  /** Those that are not to be seen to now. Whoever has not been seen to again for long since is forgotten. */
  at(now: number): readonly string[] {
    for (const [key, { until }] of this.#rests) if (until + LONGEST_REST_MS < now) this.#rests.delete(key);
    return [...this.#rests].filter(([, { until }]) => now < until).map(([key]) => key);
  }

  /** Takes note of how a command ends. Of one that is lost again nothing is known: it is found at the next look. */
  noteEnd(outcome: Promise<CommandOutcome>): void {
    outcome.then(
      (ended) => this.note(ended.commandId, ended, performance.now()),
      () => undefined,
    );
  }

  /** Takes note of how it ended. A refusal is an end: what is still due after it is seen to at the next look. */
  note(key: string, outcome: CommandOutcome | undefined, now: number): void {
    if (!isInVain(outcome)) this.#rests.delete(key);
    else {
      const ms = Math.min(2 * (this.#rests.get(key)?.ms ?? FIRST_REST_MS / 2), LONGEST_REST_MS);
      this.#rests.set(key, { until: now + ms, ms });
    }
  }
}

function isInVain(outcome: CommandOutcome | undefined): boolean {
  if (outcome?.kind === 'refused') return outcome.reason === 'PROCESSING_FAILED';
  return outcome?.kind !== 'done';
}
