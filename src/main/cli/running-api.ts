import { readApiAddress } from '../settings';
import { UsageError } from './usage-error';

interface Problem {
  readonly title?: string;
  readonly detail?: string;
}

/** The request timeout, longer than any answer takes. */
const PATIENCE_MS = 30_000;

/** The API that the command line talks to: HOLDFAST_URL, with the key in HOLDFAST_KEY. */
export class RunningApi {
  readonly #url: string;
  readonly #key: string;

  /** @throws SettingsError when no key is set */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    const { url, key } = readApiAddress(environment);
    this.#url = url;
    this.#key = key;
  }

  /** Sends a GET request. @throws UsageError when the API is unreachable or refuses */
  get(path: string): Promise<unknown> {
    return this.#call('GET', path);
  }

  /** Sends a POST request. @throws UsageError when the API is unreachable or refuses */
  post(path: string, body?: unknown): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((error: unknown) => {
      throw new UsageError(`no API answers at ${this.#url}: start Holdfast, or set HOLDFAST_URL`, {
        cause: error,
      });
    });
    const answer: unknown = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const { title = response.statusText, detail } = answer as Problem;
    throw new UsageError(detail === undefined ? title : `${title}: ${detail}`);
  }
}
