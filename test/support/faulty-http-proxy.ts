import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * A fault of one call. `lost-call`: the connection breaks before the server has the call; `lost-answer`: it breaks
 * before the caller has the answer; `cut-answer`: it breaks within the answer. An object is the answer of another server.
 */
export type HttpFault =
  | 'lost-call'
  | 'lost-answer'
  | 'cut-answer'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** A call as it arrived at the proxy. */
export interface ProxiedCall {
  /** Such as `POST /v1/orders`. */
  readonly name: string;
  readonly headers: IncomingHttpHeaders;
}

/** A proxy between a caller and a server, both on HTTP, that makes calls meet faults, one after the other. */
export class FaultyHttpProxy {
  readonly calls: ProxiedCall[] = [];
  readonly #faults: HttpFault[] = [];
  #open = 0;
  readonly #server = createServer((call, answer) => this.#relay(call, answer));

  private constructor(private readonly target: URL) {}

  static async before(url: string): Promise<FaultyHttpProxy> {
    const proxy = new FaultyHttpProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Makes the next calls meet these faults, one each. */
  next(...faults: readonly HttpFault[]): void {
    this.#faults.push(...faults);
  }

  /** Lets all further calls pass. */
  forget(): void {
    this.#faults.length = 0;
  }

  /** Resolves once no answer is on its way. */
  async untilStreamsEnd(): Promise<void> {
    while (this.#open > 0) await new Promise(setImmediate);
  }

  /** Breaks every open connection. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #relay(call: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.#open += 1;
    answer.on('close', () => {
      this.#open -= 1;
    });
    const body = await buffer(call);
    const fault = this.#faults.shift();
    this.calls.push({ name: `${call.method} ${call.url}`, headers: call.headers });
    if (fault === 'lost-call') return void call.socket.destroy();
    if (typeof fault === 'object') return void answer.writeHead(fault.status, fault.headers).end(fault.body);
    const { hostname, port } = this.target;
    const sent = request({ hostname, port, method: call.method, path: call.url, headers: call.headers });
    sent.on('error', () => call.socket.destroy());
    sent.on('response', async (response) => {
      response.on('error', () => call.socket.destroy());
      if (fault === undefined) {
        answer.writeHead(response.statusCode ?? 0, response.headers);
        answer.flushHeaders();
        response.pipe(answer);
        answer.on('close', () => response.destroy());
        return;
      }
      const whole = await buffer(response);
      if (fault === 'cut-answer') {
        answer.writeHead(response.statusCode ?? 0, response.headers);
        await new Promise((resolve) => answer.write(whole.subarray(0, whole.length / 2), resolve));
      }
      call.socket.destroy();
    });
    sent.end(body);
  }
}
