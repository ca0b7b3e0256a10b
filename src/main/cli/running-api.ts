import { readApiAddress } from '../settings';
import { UsageError } from './usage-error';

interface Problem {
  readonly title?: string;
  readonly detail?: string;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
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

  /** Reads every page of a listing. @throws UsageError when the API is unreachable or refuses */
  async list<Item>(
    path: string,
    filter: Readonly<Record<string, string | undefined>>,
  ): Promise<readonly Item[]> {
    const query = new URLSearchParams({ limit: '200' });
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
    const items: Item[] = [];
    for (let isLast = false; !isLast; ) {
      const page = (await this.get(`${path}?${query}`)) as Page<Item>;
      items.push(...page.items);
      isLast = page.nextCursor === undefined;
      query.set('cursor', page.nextCursor ?? '');
    }
    return items;
  }

  /** Sends a POST request. @throws UsageError when the API is unreachable or refuses */
  post(path: string, body?: unknown): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  /** Sends a DELETE request. @throws UsageError when the API is unreachable or refuses */
  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path);
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
