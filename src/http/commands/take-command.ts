import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandKind, CommandRow, Wanted } from '../../domain/command/recorded-command';
import { IntakeFull } from '../../intake/intake';
import type { Cause } from '../../stores/log/event-log';
import type { NewCommand } from '../../stores/orders/command-rows';
import { databaseTrouble } from '../../stores/postgres/database-errors';
import type { ApiDependencies } from '../api-dependencies';
import { commandIdOf, fingerprintOf, keyReused, replayHeaders } from '../framework/idempotency';
import type { Reply } from '../framework/operation';
import { tooManyOpen, tooManyWaiting, unavailable } from '../framework/problem';
import { refusedChange } from './refused-problem';

/** Another process may carry the command: the store is asked this often. */
const POLLING_MS = 100;

/** A request for a command, as far as all of them are alike. */
export interface CommandRequest {
  readonly caller: string;
  readonly cause: Cause;
  readonly headers: { readonly 'Idempotency-Key'?: string | undefined };
  /** Its path and body: the same key with other ones is refused. */
  readonly content: unknown;
}

/** A command that was recorded, now or earlier under the same key. */
export interface Taken<K extends CommandKind> {
  readonly row: CommandRow<K>;
  readonly isReplay: boolean;
}

/** Makes a request a command. Without a key every request is a command of its own. */
export function commandOf<K extends CommandKind>(
  kind: K,
  prefix: Parameters<typeof commandIdOf>[0],
  { caller, cause, headers, content }: CommandRequest,
  { subject, wanted }: { readonly subject?: string; readonly wanted: Wanted[K] },
): NewCommand<K> {
  const key = headers['Idempotency-Key'] ?? null;
  const id = commandIdOf(prefix, { caller, operation: kind, key });
  const { traceparent } = cause;
  return {
    id,
    kind,
    caller,
    operation: kind,
    key,
    fingerprint: fingerprintOf(content),
    subject: subject ?? id,
    wanted: traceparent === undefined ? wanted : { ...wanted, traceparent },
  };
}

/**
 * Has a command recorded: from here on it is durable and visible to every process.
 * @throws Problem idempotency-key-reused, conflict, refused, not-found or unavailable; nothing was taken then, but after
 * an `unavailable` the record may have happened, and the same key finds out
 */
export async function takeCommand<K extends CommandKind>(
  { intakes }: Pick<ApiDependencies, 'intakes'>,
  command: NewCommand<K>,
): Promise<Taken<K>> {
  const answer = await recorded(() => intakes[command.kind].submit(command as never));
  if (answer.kind === 'key-reused') throw keyReused();
  if (answer.kind === 'refused') throw refusedChange(answer);
  return { row: answer.row as unknown as CommandRow<K>, isReplay: answer.kind === 'replayed' };
}

async function recorded<Answer>(submit: () => Promise<Answer>): Promise<Answer> {
  try {
    return await submit();
  } catch (error) {
    if (error instanceof IntakeFull) throw tooManyWaiting(error);
    if (databaseTrouble(error) !== 'fault')
      throw unavailable('the orders store is unavailable: send the command again with the same key', error);
    throw error;
  }
}

/**
 * Refuses a new order or trip while too many commands are open. A repeat under a key that was taken is no new one.
 * @throws Problem unavailable
 */
export async function refuseWhileFull(
  { openCommands, stores }: Pick<ApiDependencies, 'openCommands' | 'stores'>,
  { id }: Pick<NewCommand, 'id'>,
): Promise<void> {
  if (!openCommands.isFull()) return;
  const known = await stores.commands.commands([id]);
  if (!known.has(id)) throw tooManyOpen();
}

/** How a caller waits for a command that was taken. */
export interface Waiting {
  readonly seconds: number;
  readonly isAnswerable: () => Promise<boolean>;
  /** The command whose steps tell of it, where that is another one. */
  readonly toldBy?: string;
}

/**
 * Waits until a command can be answered, at most so long: told by the step that commits in this process, or by the store,
 * as another process may carry it. A repeat may find it answerable at once.
 * @returns whether it can; false where the wait was over first or the store could not be asked
 */
export async function untilAnswerable(
  { callers }: Pick<ApiDependencies, 'callers'>,
  { row, isReplay }: Pick<Taken<CommandKind>, 'row' | 'isReplay'>,
  { seconds, isAnswerable, toldBy = row.id }: Waiting,
): Promise<boolean> {
  if (seconds <= 0) return false;
  const deadline = performance.now() + seconds * 1_000;
  const listening = callers.listen(toldBy);
  let isTold = false;
  listening.told.then(() => {
    isTold = true;
  });
  try {
    if (isReplay && (await orNotYet(isAnswerable))) return true;
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await Promise.race([listening.told, sleep(Math.min(POLLING_MS, left))]);
      if (isTold || (await orNotYet(isAnswerable))) return true;
    }
  } finally {
    listening.stop();
  }
}

/** The command was recorded: while a store cannot be reached its caller goes on waiting. */
async function orNotYet(isAnswerable: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isAnswerable();
  } catch (error) {
    if (databaseTrouble(error) === 'fault') throw error;
    return false;
  }
}

/** The answer to a command that was taken: 200 with what became of it where it was waited for, else 202. */
export function takenReply({
  isReplay,
  waitSeconds,
  path,
  whole,
  brief,
}: {
  readonly isReplay: boolean;
  readonly waitSeconds: number;
  readonly path: string;
  /** Undefined where it was not waited for, or the wait was over first. */
  readonly whole: object | undefined;
  readonly brief: object;
}): Reply {
  const headers = { ...replayHeaders(isReplay), ...preferenceHeaders(waitSeconds) };
  if (whole) return { status: 200, headers, json: whole };
  return { status: 202, headers: { ...headers, Location: path }, json: brief };
}

/** Says that a request's `Prefer: wait=N` was followed, of so many seconds. */
export function preferenceHeaders(seconds: number): Readonly<Record<string, string>> {
  return seconds > 0 ? { 'Preference-Applied': `wait=${seconds}` } : {};
}

/** For the documentation of operations that take commands. */
export const REPLAYED = { 'Idempotent-Replayed': '`true` where the same command had been sent before' };
