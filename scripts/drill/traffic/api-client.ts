import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillRandom } from '../drill-random';
import type { DrillFindings } from '../findings';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
  readonly waitSeconds?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly isReplay: boolean;
  /** True when a repeat of the request may succeed in a moment. */
  readonly isForNow: boolean;
  /** The number of attempts until this answer. */
  readonly attempts: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

const PATIENCE_MS = 6_000;
const FIRST_PAUSE_MS = 60;
const LONGEST_PAUSE_MS = 500;

/** A request without a definite answer until the drill's patience was over. */
export class NeverAnswered extends Error {}

/**
 * Calls the API as a careful caller does: repeats a request without a definite answer (no connection, timeout, 503,
 * 429) under the same key, at another process in turn.
 */
export class ApiClient {
  #giveUpAt = Number.POSITIVE_INFINITY;
  readonly #stopping = new AbortController();

  constructor(
    private readonly urls: readonly string[],
    private readonly adminKey: string,
    private readonly random: DrillRandom,
    private readonly findings: DrillFindings,
  ) {}

  /** Sets the moment after which no request is repeated. */
  giveUpAt(moment: number): void {
    this.#giveUpAt = moment;
  }

  /** Ends every request at once. */
  abort(): void {
    this.#stopping.abort();
  }

  get isOver(): boolean {
    return this.#stopping.signal.aborted || Date.now() > this.#giveUpAt;
  }

  /** Repeats a request until it has a definite answer. @throws NeverAnswered */
  async ask(request: ApiRequest): Promise<ApiAnswer> {
    const sentAt = Date.now();
    const turn = this.random.below(this.urls.length);
    let last = 'it was not sent';
    for (let attempts = 1, pause = FIRST_PAUSE_MS; !this.isOver; attempts += 1) {
      const answer = await this.#attempt(this.#url(turn + attempts), request).catch((error: unknown) =>
        String(error),
      );
      if (typeof answer !== 'string' && isDefinite(answer.status)) {
        this.#judge(request, answer);
        return { ...answer, attempts, sentAt, answeredAt: Date.now() };
      }
      last = typeof answer === 'string' ? answer : `${answer.status} ${String(answer.body.detail ?? '')}`;
      if (typeof answer !== 'string' && answer.status >= 500 && answer.status !== 503)
        this.findings.add(
          'answers',
          `${request.method} ${shapeOf(request.path)} was answered ${answer.status}`,
        );
      await sleep(pause + this.random.below(pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    throw new NeverAnswered(`${request.method} ${request.path} was never answered: ${last}`);
  }

  /** Opens a streamed answer at one of the processes. */
  async open(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    return fetch(`${this.#url(this.random.below(this.urls.length))}${path}`, {
      headers: { ...headers, authorization: `Bearer ${this.adminKey}` },
      signal: AbortSignal.any([signal, this.#stopping.signal]),
    });
  }

  #url(turn: number): string {
    return this.urls[turn % this.urls.length] ?? '';
  }

  async #attempt(url: string, { method, path, key, body, waitSeconds = 0 }: ApiRequest) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.adminKey}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([
        AbortSignal.timeout(PATIENCE_MS + waitSeconds * 1_000),
        this.#stopping.signal,
      ]),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>),
      isReplay: response.headers.get('idempotent-replayed') === 'true',
      isForNow: response.headers.has('retry-after'),
    };
  }

  /** Judges that a valid API key is never refused, whatever the state of the stores. */
  #judge({ method, path }: ApiRequest, { status, body }: { status: number; body: object }): void {
    if (status !== 400 && status !== 401 && status !== 403) return;
    this.findings.add(
      'answers',
      `${method} ${shapeOf(path)} was answered ${status} ${JSON.stringify(body).slice(0, 200)}`,
    );
  }
}

function isDefinite(status: number): boolean {
  return status < 500 && status !== 429;
}

/** Returns a path without its ids, so that equal findings count once. */
function shapeOf(path: string): string {
  return path.replace(/(ord|rsv|trp|shp)_[a-z0-9_]+/g, '{id}').replace(/[?].*$/, '');
}
