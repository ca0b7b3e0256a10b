import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { LinkedAbort } from '../subscriptions/linked-abort';
import type { AddressGuard } from './address-guard';

/** The answer of an endpoint. */
export interface EndpointAnswer {
  readonly status: number;
  /** The time in `Retry-After`, in ms from now; null without one. */
  readonly retryAfterMs: number | null;
  /** The beginning of the body. */
  readonly excerpt: string;
}

export interface EndpointMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MOST_EXCERPT_BYTES = 1_000;
const IDLE_SOCKETS = 4;

/**
 * Posts messages to endpoints over connections that it keeps. It follows no redirect, and each new connection goes
 * through the guard.
 */
export class EndpointClient {
  readonly #agents: Readonly<Record<string, http.Agent>>;

  constructor(
    private readonly guard: AddressGuard,
    private readonly timeoutMs: number,
  ) {
    const kept = { keepAlive: true, maxFreeSockets: IDLE_SOCKETS };
    this.#agents = {
      'http:': new http.Agent({ ...kept, lookup: guard.lookupFor('http:') }),
      'https:': new https.Agent({ ...kept, lookup: guard.lookupFor('https:') }),
    };
  }

  /**
   * Posts a message and returns the answer, whatever its status.
   * @throws Error when there is no answer in time, or the endpoint is at an address that is refused
   */
  async post(message: EndpointMessage, signal: AbortSignal): Promise<EndpointAnswer> {
    // A literal address is dialled without a lookup.
    const refusal = this.guard.refusal(message.url);
    if (refusal !== null) throw new Error(`the URL ${refusal}`);
    const ending = new LinkedAbort(signal);
    const timer = setTimeout(() => ending.abort(), this.timeoutMs);
    try {
      signal.throwIfAborted();
      return await this.#exchange(message, ending.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (ending.signal.aborted) throw new Error(`no answer within ${this.timeoutMs / 1_000} s`);
      throw error;
    } finally {
      clearTimeout(timer);
      ending.release();
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #exchange(message: EndpointMessage, signal: AbortSignal): Promise<EndpointAnswer> {
    const request = this.#send(message, signal);
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return {
        status: response.statusCode ?? 0,
        retryAfterMs: retryAfterOf(response.headers['retry-after']),
        excerpt: await beginningOf(response),
      };
    } catch (error) {
      // The endpoint has closed an idle connection at the moment of its reuse.
      if (request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET')
        return this.#exchange(message, signal);
      throw error;
    }
  }

  #send({ url, headers, body }: EndpointMessage, signal: AbortSignal): ClientRequest {
    const { protocol } = new URL(url);
    const request = (protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      agent: this.#agents[protocol],
      signal,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Holdfast',
      },
    });
    // An error after the answer has arrived changes nothing; without a listener it would end the process.
    request.on('error', () => undefined);
    return request.end(body);
  }
}

/** Reads the beginning of a body. The status counts even when the rest does not arrive. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of response) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      if (bytes.length >= MOST_EXCERPT_BYTES) break;
    }
  } catch {
    response.destroy();
  }
  return bytes.subarray(0, MOST_EXCERPT_BYTES).toString('utf8').replaceAll('\0', '\uFFFD');
}

/** Reads `Retry-After`: seconds, or a moment. */
function retryAfterOf(header: string | undefined): number | null {
  if (header === undefined) return null;
  const inMs = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(inMs) ? Math.max(0, inMs) : null;
}
