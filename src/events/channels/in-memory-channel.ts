import { randomUUID } from 'node:crypto';
import { oneByOne } from '../subscriptions/one-by-one';
import type { Channel, ChannelMessage } from './channel';

/**
 * A channel to listeners in the same process, such as a cache. A listener that throws gets the message again.
 */
export class InMemoryChannel implements Channel {
  readonly name = 'memory';
  readonly #identity = randomUUID();

  constructor(private readonly listener: (message: ChannelMessage) => void | Promise<void>) {}

  async identity(): Promise<string> {
    return this.#identity;
  }

  publish(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void> {
    return oneByOne(messages, signal, this.listener);
  }

  async close(): Promise<void> {}
}
