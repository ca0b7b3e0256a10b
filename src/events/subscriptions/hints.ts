import { setTimeout as sleep } from 'node:timers/promises';
import type { Wake } from '../../stores/postgres/wake';

/** A wait in ms: at least `least`, and up to `most` unless a hint comes. */
export interface Pause {
  readonly least: number;
  readonly most: number;
}

/** Notes the saves of this process, also while the follower is busy, and ends its pauses early. */
export class Hints {
  #isHinted = false;
  #onHint = (): void => undefined;
  readonly #stopListening: () => void;

  constructor(
    saved: Wake,
    private readonly signal: AbortSignal,
  ) {
    this.#stopListening = saved.listen(() => {
      this.#isHinted = true;
      this.#onHint();
    });
  }

  /** Returns true when something was saved since the last call. */
  take(): boolean {
    const isHinted = this.#isHinted;
    this.#isHinted = false;
    return isHinted;
  }

  /** Waits for a pause. A hint ends it after `least`; the abort signal ends it at once. */
  async wait({ least, most }: Pause): Promise<void> {
    const { signal } = this;
    if (least > 0) await sleep(least, undefined, { signal }).catch(() => undefined);
    if (this.#isHinted || signal.aborted || most <= least) return;
    await this.#hintWithin(most - least);
  }

  #hintWithin(milliseconds: number): Promise<void> {
    const { signal } = this;
    return new Promise((resolve) => {
      const goOn = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', goOn);
        this.#onHint = () => undefined;
        resolve();
      };
      const timer = setTimeout(goOn, milliseconds);
      signal.addEventListener('abort', goOn);
      this.#onHint = goOn;
    });
  }

  close(): void {
    this.#stopListening();
  }
}
