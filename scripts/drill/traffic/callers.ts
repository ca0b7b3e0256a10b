import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillRandom } from '../drill-random';
import type { DrillFindings } from '../findings';
import { type ApiAnswer, type ApiClient, type ApiRequest, NeverAnswered } from './api-client';
import type { Journal } from './journal';

/** The objects that all callers of a drill share. */
export interface Traffic {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly findings: DrillFindings;
  /** True when third parties may lose their books: then no caller makes a booking smaller. */
  readonly partiesMayForget: boolean;
  /** Aborts when callers must start nothing new. */
  readonly stopping: AbortSignal;
}

const FIRST_POLL_MS = 60;
const LONGEST_POLL_MS = 300;
const CONFLICT_PAUSE_MS = 200;
const REPEATED_PERCENT = 6;

/** Returns true when another command holds the order at the moment. */
function isForNow({ status, ...answer }: ApiAnswer): boolean {
  return status === 409 && answer.isForNow;
}

/**
 * Repeats a keyed command until its answer is final, and sometimes once more: the same key must find the subject of the
 * first one.
 * @throws NeverAnswered
 */
export async function command(
  { api, journal, findings }: Traffic,
  random: DrillRandom,
  request: ApiRequest & { readonly key: string },
): Promise<ApiAnswer> {
  let answer = await api.ask(request);
  while (isForNow(answer) && !api.isOver) {
    await sleep(CONFLICT_PAUSE_MS);
    answer = await api.ask(request);
  }
  if (answer.status >= 300) return answer;
  const { path, key, body } = request;
  const subject = String(answer.body.id ?? '');
  const { status } = answer;
  journal.accepted.push({ path, key, status, subject, ...(body === undefined ? {} : { body }) });
  if (random.percent(REPEATED_PERCENT)) {
    const repeated = await api.ask(request);
    if (!isSameSubject(repeated, subject))
      findings.add('I6', `POST ${path} under key ${key} made ${subject}, and its repeat ${shown(repeated)}`);
  }
  return answer;
}

/**
 * Returns true when a repeated command found the first one's subject. A change that was refused after its record
 * answers 409 with its reason.
 */
export function isSameSubject({ status, body, isReplay }: ApiAnswer, subject: string): boolean {
  if (status === 409) return typeof body.reason === 'string';
  return status < 300 && body.id === subject && isReplay;
}

export function shown({ status, body, isReplay }: ApiAnswer): string {
  const brief = JSON.stringify(body).slice(0, 200);
  return `was answered ${status}${isReplay ? ' (replayed)' : ''}: ${brief}`;
}

/** Reads until the answer meets a condition. @throws NeverAnswered when the drill's patience is over */
export async function until<T>(
  { api }: Traffic,
  path: string,
  isMet: (body: T) => boolean | Promise<boolean>,
): Promise<T> {
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.4, LONGEST_POLL_MS)) {
    const answer = await api.ask({ method: 'GET', path });
    const body = answer.body as T;
    if (answer.status === 200 && (await isMet(body))) return body;
    await sleep(pause);
    if (api.isOver) throw new NeverAnswered(`GET ${path} did not change: ${shown(answer)}`);
  }
}

/** Runs one call after another until the traffic stops. A call that is never answered ends. */
export async function keepCalling(
  { findings, stopping }: Traffic,
  pauseMs: () => number,
  call: () => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    await call().catch((error: unknown) => {
      if (error instanceof NeverAnswered) findings.add('final', error.message);
      else throw error;
    });
    await sleep(pauseMs(), undefined, { signal: stopping }).catch(() => undefined);
  }
}
