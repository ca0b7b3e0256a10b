import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { messageOf } from '../child-message';
import type { FollowerMessage } from './log-follower';

type Memory = Extract<FollowerMessage, { readonly kind: 'memory' }>;

/** A relay process that follows a log into memory. */
export class Follower {
  #handled = 0;
  #waiting: { readonly events: number; readonly resolve: () => void } | undefined;
  readonly #child: ChildProcess;

  constructor(url: string) {
    this.#child = fork(path.join(__dirname, 'log-follower.js'), [url], { execArgv: ['--expose-gc'] });
    this.#child.on('message', (message: FollowerMessage) => {
      if (message.kind !== 'handled') return;
      this.#handled = message.events;
      if (this.#waiting && this.#handled >= this.#waiting.events) this.#waiting.resolve();
    });
  }

  /** Waits until the process has handled a number of events since its start. */
  async handled(events: number): Promise<void> {
    if (this.#handled >= events) return;
    await new Promise<void>((resolve) => {
      this.#waiting = { events, resolve };
    });
    this.#waiting = undefined;
  }

  async memory(): Promise<Pick<Memory, 'rssMb' | 'heapMb'>> {
    this.#child.send('memory');
    for (;;) {
      const message = await messageOf<FollowerMessage>(this.#child);
      if (message.kind === 'memory') return { rssMb: message.rssMb, heapMb: message.heapMb };
    }
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
