import type { Problem } from './answers';
import { session, signInNotice } from './session';

/** A request that the API refused, or that did not reach it (status 0). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** The key of the request, null for the cookie of the session; left out: that of the session. */
  readonly key?: string | null;
}

/**
 * Calls the API and returns its JSON answer.
 * @throws ApiProblem
 */
export async function ask<Answer>(path: string, asked: Asked = {}): Promise<Answer> {
  return (await (await send(path, asked)).json()) as Answer;
}

/**
 * Calls the API and returns its response once it is successful. A rejected key or cookie ends the session.
 * @throws ApiProblem
 */
export async function send(path: string, asked: Asked = {}): Promise<Response> {
  const { method = 'GET', body, headers = {}, signal = null, key = session.value?.key ?? null } = asked;
  const response = await fetch(path, {
    method,
    signal,
    headers: {
      ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, 'Holdfast does not answer. Check the connection; the page tries again.');
  });
  if (response.ok) return response;
  if (response.status === 401 && asked.key === undefined) {
    signInNotice.value =
      key === null
        ? 'The session has ended. Sign in again.'
        : 'The key is no longer valid. Sign in with another one.';
    session.value = null;
  }
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  const said = problem?.detail ?? problem?.title ?? `the server answered ${response.status}`;
  return new ApiProblem(response.status, `${said.charAt(0).toUpperCase()}${said.slice(1)}.`);
}

/** Returns a query string of the parameters that have a value. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
