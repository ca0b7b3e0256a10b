import { Pool } from 'undici';

const LONGEST_WAIT_MS = 180_000;

/** A caller of the API over real HTTP, on connections of its own. */
export class BenchCaller {
  readonly #pool: Pool;

  constructor(
    apiUrl: string,
    private readonly adminKey: string,
    connections: number,
  ) {
    this.#pool = new Pool(apiUrl, {
      connections,
      headersTimeout: LONGEST_WAIT_MS,
      connectTimeout: LONGEST_WAIT_MS,
    });
  }

  async get(path: string): Promise<unknown> {
    const { body } = await this.#pool.request({ method: 'GET', path, headers: this.#headers() });
    return body.json();
  }

  /** Returns the HTTP status and the answer. */
  async post(
    path: string,
    content: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly answer: unknown }> {
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path,
      headers: { ...this.#headers(), 'content-type': 'application/json', ...headers },
      body: content,
    });
    return { status: statusCode, answer: await body.json() };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #headers() {
    return { authorization: `Bearer ${this.adminKey}` };
  }
}
