import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { KeyHolder, KeyLimits } from '../../stores/orders/api-keys';
import { afterAnswer, decideAdmission, type KeyUse, limitHeaders } from './key-limits';
import { Problem } from './problem';

const REASONS: Readonly<Record<keyof KeyLimits, string>> = {
  requestsPerSecond: 'sends more requests in a second than it may',
  concurrency: 'has as many requests open as it may',
};

/**
 * Limits the requests of each API key in this process. Each key has its own limits: a busy key does not use up those of
 * another.
 */
export class KeyTraffic {
  readonly #uses = new Map<string, KeyUse>();

  /**
   * Admits a request until its response has been sent or its caller has disconnected.
   * @returns the headers of the answer
   * @throws Problem quota-exceeded
   */
  admit({ keyId, limits }: KeyHolder, response: ServerResponse): Readonly<Record<string, string>> {
    if (limits.requestsPerSecond === null && limits.concurrency === null) return {};
    const admission = decideAdmission(limits, this.#uses.get(keyId), performance.now());
    this.#uses.set(keyId, admission.use);
    const headers = limitHeaders(limits, admission.use);
    if (admission.kind === 'refused') {
      throw new Problem('quota-exceeded', {
        detail: `the API key ${REASONS[admission.by]} (${admission.by}: ${limits[admission.by]})`,
        headers: { ...headers, 'Retry-After': String(Math.ceil(admission.waitMs / 1_000)) },
      });
    }
    finished(response, () => this.#end(keyId));
    return headers;
  }

  #end(keyId: string): void {
    const use = this.#uses.get(keyId);
    if (use) this.#uses.set(keyId, afterAnswer(use));
  }
}
