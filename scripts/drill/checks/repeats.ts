import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillRandom } from '../drill-random';
import { isSameSubject, shown, type Traffic } from '../traffic/callers';
import type { AcceptedRequest } from '../traffic/journal';
import type { StoreReads } from './store-reads';

const NEWEST = 2_000;
const REPEATED = 60;
const WITH_OTHER_BODY = 20;
const EXPIRING_MS = 15_000;
const POLLING_MS = 100;

/**
 * Repeats accepted keys when no command is under way: no event is added, and the answer names the same subject (I6).
 */
export async function judgeRepeats(traffic: Traffic, reads: StoreReads, random: DrillRandom): Promise<void> {
  const { journal, findings, api } = traffic;
  const sample = random.shuffled(journal.accepted.slice(-NEWEST)).slice(0, REPEATED);
  await untilHoldsHaveExpired(reads);
  const before = await reads.events();
  for (const { path, key, subject, body } of sample) {
    const answer = await api.ask({ method: 'POST', path, key, ...(body === undefined ? {} : { body }) });
    if (!isSameSubject(answer, subject))
      findings.add(
        'I6',
        `POST ${path} under key ${key} had made ${subject}, and its repeat ${shown(answer)}`,
      );
  }
  const after = await reads.events();
  for (const [id, what] of after)
    if (!before.has(id)) findings.add('I6', `a repeat of an accepted key made the event ${what}`);
  for (const request of sample.slice(0, WITH_OTHER_BODY)) await judgeOtherBody(traffic, request);
}

/** Waits until the short holds have expired, because an expiry adds an event. */
async function untilHoldsHaveExpired(reads: StoreReads): Promise<void> {
  const deadline = Date.now() + EXPIRING_MS;
  while ((await reads.holdsAboutToExpire()) > 0 && Date.now() < deadline) await sleep(POLLING_MS);
}

/** Judges that every route refuses the same key with another body. */
async function judgeOtherBody(
  { api, findings }: Traffic,
  { path, key, body }: AcceptedRequest,
): Promise<void> {
  const other = otherBody(path, body);
  if (other === undefined) return;
  const answer = await api.ask({ method: 'POST', path, key, body: other });
  if (answer.status !== 422)
    findings.add(
      'I6',
      `${path.split('/').at(2)}/${path.split('/').at(4) ?? ''}: a used key with another body ${shown(answer)}`,
    );
}

/** Returns another valid body; undefined for commands without a body. */
function otherBody(path: string, body: unknown): object | undefined {
  if (body === undefined) return undefined;
  const fields = body as {
    readonly lines?: readonly { readonly quantity: number }[];
    readonly quantity?: number;
  };
  if (path === '/v1/trips') return { ...fields, traveller: 'Somebody Else' };
  if (fields.quantity !== undefined) return { ...fields, quantity: otherQuantity(fields.quantity) };
  const lines = fields.lines?.map((line) => ({ ...line, quantity: otherQuantity(line.quantity) }));
  return lines && { ...fields, lines };
}

/** Returns a quantity lowered by one, because some orders ask for the largest quantity already. */
function otherQuantity(quantity: number): number {
  return quantity === 1 ? 2 : quantity - 1;
}
