import { ADMIN_KEY } from './api-under-test';

/** A server-sent event, read as the standard says. */
export interface Received {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every type
  readonly data: any;
}

/** A follower of an order over HTTP. */
export class FollowedOrder {
  readonly messages: Received[] = [];
  comments = 0;
  /** Resolves at the end of the stream, in order or cut. */
  readonly ended: Promise<'in order' | 'cut'>;
  readonly #waiting = new Set<() => void>();
  readonly #leaving: AbortController;
  #rest = '';

  private constructor(
    readonly response: Response,
    leaving: AbortController,
  ) {
    this.#leaving = leaving;
    this.ended = this.#read().then(
      () => 'in order',
      () => 'cut',
    );
  }

  /** @throws when the answer is no stream */
  static async open(url: string, orderId: string, lastEventId?: string): Promise<FollowedOrder> {
    const leaving = new AbortController();
    const response = await fetch(`${url}/v1/orders/${orderId}/events`, {
      headers: {
        Authorization: `Bearer ${ADMIN_KEY}`,
        Accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
      },
      signal: leaving.signal,
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return new FollowedOrder(response, leaving);
  }

  /** Resolves with the messages once there are `count` of them. */
  async until(count: number): Promise<readonly Received[]> {
    await this.#once(() => this.messages.length >= count);
    return this.messages;
  }

  async untilComment(): Promise<void> {
    const { comments } = this;
    await this.#once(() => this.comments > comments);
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.ended;
  }

  async #once(isThere: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (isThere()) resolve();
      };
      this.#waiting.add(look);
      this.ended.then(() => reject(new Error(`the stream ended after ${this.messages.length} messages`)));
      look();
    });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body ?? []) {
      const blocks = (this.#rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      this.#rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
      for (const look of this.#waiting) look();
    }
  }

  #take(block: string): void {
    if (block.startsWith(':')) {
      this.comments += 1;
      return;
    }
    const fields = new Map(
      block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line)?.slice(1) as [string, string]),
    );
    const [id = '', event = '', data = ''] = ['id', 'event', 'data'].map((name) => fields.get(name));
    this.messages.push({ id, event, data: JSON.parse(data) });
  }
}
