import { hash, randomBytes } from 'node:crypto';
import type { Command } from '../../contracts/commands';
import type { Exchange } from './operation';
import { Problem } from './problem';

/** A command that its caller may repeat under the same idempotency key. */
export interface KeyedCommand extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
}

/** Crockford's base32 alphabet: it has no letters that look like digits. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
/** Eight base32 characters are five bytes, which a JavaScript number holds without loss; an id has two such halves. */
const CHARACTERS_A_HALF = 8;
const BYTES_A_HALF = 5;

/**
 * Returns the id of a command: the same for the same caller, operation and key in every process; random without a key.
 */
export function commandIdOf(
  prefix: 'ord_' | 'rsv_' | 'trp_' | 'pay_' | 'cmd_',
  {
    caller,
    operation,
    key,
  }: { readonly caller: string; readonly operation: string; readonly key: string | null },
): string {
  // Caller, operation and key cannot contain a line feed.
  const digest =
    key === null
      ? randomBytes(2 * BYTES_A_HALF)
      : hash('sha256', `${caller}\n${operation}\n${key}`, 'buffer');
  return (
    prefix +
    base32(digest.readUIntBE(0, BYTES_A_HALF)) +
    base32(digest.readUIntBE(BYTES_A_HALF, BYTES_A_HALF))
  );
}

function base32(value: number): string {
  let characters = '';
  for (let left = value, i = 0; i < CHARACTERS_A_HALF; i++) {
    characters += BASE32.charAt(left % BASE32.length);
    left = Math.floor(left / BASE32.length);
  }
  return characters;
}

/** The parts that all requests under a key have in common. */
export type KeyedExchange = Pick<
  Exchange<unknown, unknown, { readonly 'Idempotency-Key': string }, unknown>,
  'caller' | 'headers' | 'cause' | 'fingerprint'
>;

/** Returns the fields common to commands whose own store keeps the idempotency key. */
export function keyedCommandOf(
  prefix: 'rsv_' | 'pay_' | 'cmd_',
  { caller, headers, cause, fingerprint }: KeyedExchange,
): KeyedCommand {
  const key = headers['Idempotency-Key'];
  // The id depends on the content: the same key with another content is another command, and its store refuses the key.
  const id = commandIdOf(prefix, { caller, operation: fingerprint, key });
  return { ...cause, caller, idempotencyKey: key, fingerprint, commandId: id, correlation: id };
}

export function keyReused(): Problem {
  const field = 'Idempotency-Key';
  return new Problem('idempotency-key-reused', {
    detail: 'an earlier request used this key with another path or body: use a new key for a new command',
    errors: [{ field, message: 'was used for another path or body' }],
  });
}

/** Returns true when a promise is fulfilled or rejected within a time. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  if (milliseconds <= 0) return false;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, timeout]);
  clearTimeout(timer);
  return isSettled;
}

/** Returns the header that marks a repeated command. */
export function replayHeaders(isReplay: boolean): Readonly<Record<string, string>> {
  return isReplay ? { 'Idempotent-Replayed': 'true' } : {};
}
