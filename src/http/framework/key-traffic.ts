import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { KeyLimits } from '../../stores/orders/api-keys';
import { credentialOf, type Holder } from './authentication';
import { afterAnswer, decideAdmission, type KeyUse, limitHeaders } from './key-limits';
import { Problem } from './problem';

const REASONS: Readonly<Record<keyof KeyLimits, string>> = {
  requestsPerSecond: 'sends more requests in a second than it may',
  concurrency: 'has as many requests open as it may',
};

/**
 * Limits the requests of each API key, and of each caller with a token, in this process. Each has its own limits: a busy
 * one does not use up those of another.
 */
export class KeyTraffic {
  readonly #uses = new Map<string, KeyUse>();

  /**
   * Admits a request until its response has been sent or its caller has disconnected.
   * @returns the headers of the answer
   * @throws Problem quota-exceeded
   */
  admit(holder: Holder, response: ServerResponse): Readonly<Record<string, string>> {
    const { limits, keyId: counted = holder.caller } = holder;
    if (limits.requestsPerSecond === null && limits.concurrency === null) return {};
    const admission = decideAdmission(limits, this.#uses.get(counted), performance.now());
    this.#uses.set(counted, admission.use);
    const headers = limitHeaders(limits, admission.use);
    if (admission.kind === 'refused') {
      throw new Problem('quota-exceeded', {
        detail: `${credentialOf(holder)} ${REASONS[admission.by]} (${admission.by}: ${limits[admission.by]})`,
        headers: { ...headers, 'Retry-After': String(Math.ceil(admission.waitMs / 1_000)) },
      });
    }
    finished(response, () => this.#end(counted));
    return headers;
  }

  #end(counted: string): void {
    const use = this.#uses.get(counted);
    if (use) this.#uses.set(counted, afterAnswer(use));
  }
}
