import { randomUUID } from 'node:crypto';
import { BenchCaller } from '../bench-caller';
import { randomOrderBody } from '../bench-data';
import type { BenchServers } from '../bench-servers';

const AT_ONCE = 50;

interface Answer {
  readonly id: string;
  readonly status: string;
}

/** Orders that are approved and wait for their shipments, and orders that come and go beside them. */
export class OpenOrders {
  #open = 0;
  readonly #caller: BenchCaller;

  constructor({ apiUrl, adminKey }: BenchServers) {
    this.#caller = new BenchCaller(apiUrl, adminKey, AT_ONCE);
  }

  /** Places orders until this many are open. */
  async openUntil(count: number): Promise<void> {
    const open = async () => {
      while (this.#open < count) {
        this.#open += 1;
        if ((await this.#place()).status !== 'APPROVED') this.#open -= 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, open));
  }

  /** Places an order and cancels it, so that the number of open orders stays. Returns its last status. */
  async placeAndCancel(): Promise<string> {
    const { id, status } = await this.#place();
    return status === 'APPROVED' ? (await this.#call(`/v1/orders/${id}/cancel`, {})).status : status;
  }

  close(): Promise<void> {
    return this.#caller.close();
  }

  #place(): Promise<Answer> {
    return this.#call('/v1/orders', randomOrderBody());
  }

  async #call(path: string, content: object): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=30' };
    const { answer } = await this.#caller.post(path, JSON.stringify(content), headers);
    return answer as Answer;
  }
}
