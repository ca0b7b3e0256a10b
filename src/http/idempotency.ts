import { hash } from 'node:crypto';
import type { Command } from '../contracts/commands';
import { type Intake, IntakeFull, type Ticket } from '../intake/intake';
import type { Exchange } from './operation';
import { Problem, unavailable } from './problem';

/** A command that its caller may send again under the same key. */
export interface KeyedCommand extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
}

/** Crockford's alphabet: no letters that are taken for digits. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
/** Eight characters of five bits: as much as a number of JavaScript holds without loss, so an id is made of two. */
const CHARACTERS_A_HALF = 8;
const BYTES_A_HALF = 5;

/** What a body says, whatever the order of its fields and its white space: 64 hexadecimal digits. */
export function fingerprintOf(body: unknown): string {
  return hash('sha256', canonicalJson(body), 'hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** The id of what a command makes: the same for the same caller, key and body, in every process and for ever. */
export function commandIdOf(
  prefix: 'ord_' | 'rsv_' | 'trp_' | 'pay_' | 'cmd_',
  { caller, idempotencyKey, fingerprint }: Omit<KeyedCommand, keyof Command | 'caller'> & { caller: string },
): string {
  // None of the three can contain a line feed.
  const digest = hash('sha256', `${caller}\n${idempotencyKey}\n${fingerprint}`, 'buffer');
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

/** A request under a key, as far as all of them are alike. */
export type KeyedExchange = Pick<
  Exchange<unknown, unknown, { readonly 'Idempotency-Key': string }, unknown>,
  'caller' | 'headers' | 'cause' | 'body'
>;

/** What a keyed request's command begins with. `body`: what the key stands for, where that is more than the body. */
export function keyedCommandOf(
  prefix: Parameters<typeof commandIdOf>[0],
  { caller, headers, cause, ...exchange }: KeyedExchange,
  body: unknown = exchange.body,
): KeyedCommand {
  const keyed = { caller, idempotencyKey: headers['Idempotency-Key'], fingerprint: fingerprintOf(body) };
  const id = commandIdOf(prefix, keyed);
  return { ...cause, ...keyed, commandId: id, correlation: id };
}

export function keyReused(): Problem {
  const field = 'Idempotency-Key';
  return new Problem('idempotency-key-reused', {
    detail: 'this key was sent before with another body',
    errors: [{ field, message: 'was used for another body' }],
  });
}

/** Hands keyed commands to an intake, one body a key: the store's claim is not there yet while a saga runs. */
export class KeyedIntake<C extends KeyedCommand, Outcome> {
  readonly #inFlight = new Map<string, string>();

  constructor(private readonly intake: Intake<C, Outcome>) {}

  /**
   * Hands a command over, or finds the one under way.
   * @throws Problem idempotency-key-reused or unavailable; nothing was taken then
   */
  submit(command: C): Ticket<Outcome> {
    const key = `${command.caller}\n${command.idempotencyKey}`;
    const other = this.#inFlight.get(key);
    if (other !== undefined && other !== command.fingerprint) throw keyReused();
    const ticket = submitTo(this.intake, command);
    if (other === undefined) {
      this.#inFlight.set(key, command.fingerprint);
      const forget = () => this.#inFlight.delete(key);
      ticket.outcome.then(forget, forget);
    }
    return ticket;
  }

  isUnderWay(commandId: string): boolean {
    return this.intake.pending(commandId) !== undefined;
  }
}

/** @throws Problem unavailable where the intake takes nothing more */
export function submitTo<C extends Command, Outcome>(
  intake: Intake<C, Outcome>,
  command: C,
): Ticket<Outcome> {
  try {
    return intake.submit(command);
  } catch (error) {
    if (error instanceof IntakeFull)
      throw unavailable('too many commands are waiting: try again in a moment');
    throw error;
  }
}

/** Settles once Temporal has the command. @throws Problem unavailable; the same key is safe to send again */
export async function acceptanceOf(ticket: Ticket<unknown>): Promise<void> {
  try {
    await ticket.accepted;
  } catch (error) {
    throw unavailable('the command could not be handed over: send it again with the same key', error);
  }
}

const LONGEST_WAIT_MS = 10_000;

/** The outcome of a short command. @throws Problem unavailable where it takes too long or there is none */
export async function outcomeOf<Outcome>(ticket: Ticket<Outcome>): Promise<Outcome> {
  if (await settlesWithin(ticket.outcome, LONGEST_WAIT_MS)) {
    return ticket.outcome.catch((error: unknown) => {
      throw unavailable('the command has no outcome yet: send it again', error);
    });
  }
  throw unavailable('the command takes longer than usual: send it again');
}

/** Whether a promise has settled within a time, either way. */
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
