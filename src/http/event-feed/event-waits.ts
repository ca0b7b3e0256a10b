import { LOGS, type LogName } from '../../contracts/logs';
import type { Stores } from '../../stores/stores';
import { LogWatch } from './log-watch';

interface Waiting {
  readonly names: readonly LogName[];
  wake(): void;
}

/** A caller beyond these is answered at once: a wait is a preference. */
const MOST_WAITING = 256;

/** The readers of the event feed in this process that wait for an event. They share one poll a log. */
export class EventWaits {
  readonly #waiting = new Set<Waiting>();
  readonly #watches: ReadonlyMap<LogName, LogWatch>;
  readonly #stopping = new AbortController();

  constructor(logs: Stores['logs']) {
    const { signal } = this.#stopping;
    const watchOf = (name: LogName) =>
      new LogWatch(
        logs[name],
        {
          isListening: () => this.#waitsFor(name),
          hear: () => this.#tell(name),
          onTrouble: () => this.#tell(name),
        },
        signal,
      );
    this.#watches = new Map(LOGS.map((name) => [name, watchOf(name)]));
  }

  /** True when no other caller may wait. */
  get isFull(): boolean {
    return this.isStopped || this.#waiting.size >= MOST_WAITING;
  }

  /** True once the process stops: every wait then ends at once. */
  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Ends every wait. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const waiting of [...this.#waiting]) waiting.wake();
    await Promise.all([...this.#watches.values()].map((watch) => watch.ended()));
  }

  /**
   * Resolves when one of these logs may have new events, or after a time. It may resolve without any: the caller reads
   * and waits again. Where a log cannot be read it resolves too, so that the caller's own read meets the error.
   */
  async news(names: readonly LogName[], milliseconds: number): Promise<void> {
    if (this.isStopped) return;
    await new Promise<void>((resolve) => {
      const waiting = { names, wake };
      const timer = setTimeout(wake, milliseconds);
      const isWaitedFor = this.#waiting;
      isWaitedFor.add(waiting);
      for (const name of names) this.#watches.get(name)?.start();
      function wake(): void {
        clearTimeout(timer);
        isWaitedFor.delete(waiting);
        resolve();
      }
    });
  }

  /**
   * Reads pages until one has news, the wait ends, or the process stops. `Prefer: wait` is a preference: when too many
   * callers wait, the first page is the answer.
   * @returns the last page, and the seconds that were granted
   */
  async untilNews<Page>(
    seconds: number,
    names: readonly LogName[],
    read: (before: Page | undefined) => Promise<Page>,
    hasNews: (page: Page) => boolean,
  ): Promise<{ readonly page: Page; readonly granted: number }> {
    const granted = this.isFull ? 0 : seconds;
    const deadline = performance.now() + granted * 1_000;
    let page = await read(undefined);
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0 || hasNews(page) || this.isStopped) return { page, granted };
      await this.news(names, left);
      page = await read(page);
    }
  }

  #waitsFor(name: LogName): boolean {
    return [...this.#waiting].some(({ names }) => names.includes(name));
  }

  #tell(name: LogName): void {
    for (const waiting of [...this.#waiting]) if (waiting.names.includes(name)) waiting.wake();
  }
}
