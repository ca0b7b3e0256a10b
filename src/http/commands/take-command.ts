import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandKind, CommandRow, Wanted } from '../../domain/command/recorded-command';
import { IntakeFull } from '../../intake/intake';
import type { Cause } from '../../stores/log/event-log';
import type { NewCommand } from '../../stores/orders/command-rows';
import { databaseTrouble } from '../../stores/postgres/database-errors';
import { COMMAND_ID, SUBJECT, WORKFLOW_ID } from '../../tracing/attributes';
import { describeSpan, untraced } from '../../tracing/spans';
import type { ApiDependencies } from '../api-dependencies';
import { commandIdOf, keyReused, replayHeaders } from '../framework/idempotency';
import type { Reply } from '../framework/operation';
import { preferenceHeaders } from '../framework/preference';
import { tooManyOpen, tooManyWaiting, unavailable } from '../framework/problem';
import { refusedChange } from './refused-problem';

/** The interval at which the store is polled: another process may carry the command. */
const POLLING_MS = 100;

/** The parts that all requests for a command have in common. */
export interface CommandRequest {
  readonly caller: string;
  readonly cause: Cause;
  readonly headers: { readonly 'Idempotency-Key'?: string | undefined };
  /** The fingerprint of path and body: the same key with another one is refused. */
  readonly fingerprint: string;
}

/** A command that was recorded, by this request or earlier under the same key. */
export interface Taken<K extends CommandKind> {
  readonly row: CommandRow<K>;
  readonly isReplay: boolean;
}

/** Makes the command of a request. Without a key every request is a new command. */
export function commandOf<K extends CommandKind>(
  kind: K,
  prefix: Parameters<typeof commandIdOf>[0],
  { caller, cause, headers, fingerprint }: CommandRequest,
  { subject, wanted }: { readonly subject?: string; readonly wanted: Wanted[K] },
): NewCommand<K> {
  const key = headers['Idempotency-Key'] ?? null;
  const id = commandIdOf(prefix, { caller, operation: kind, key });
  const { keyId, traceparent } = cause;
  return {
    id,
    kind,
    caller,
    ...(keyId === undefined ? {} : { keyId }),
    operation: kind,
    key,
    fingerprint,
    subject: subject ?? id,
    wanted: traceparent === undefined ? wanted : { ...wanted, traceparent },
  };
}

/**
 * Records a command; from then on it is durable and visible to every process.
 * @throws Problem idempotency-key-reused, conflict, refused, not-found or unavailable. Nothing was recorded then, but
 * after `unavailable` the record may have happened: a repeat under the same key finds out
 */
export async function takeCommand<K extends CommandKind>(
  { intakes }: Pick<ApiDependencies, 'intakes'>,
  command: NewCommand<K>,
): Promise<Taken<K>> {
  const answer = await recorded(() => intakes[command.kind].submit(command as never));
  if (answer.kind === 'key-reused') throw keyReused();
  if (answer.kind === 'refused') throw refusedChange(answer);
  const { id, subject, workflowId } = answer.row;
  describeSpan({ [COMMAND_ID]: id, [SUBJECT]: subject, [WORKFLOW_ID]: workflowId });
  return { row: answer.row as unknown as CommandRow<K>, isReplay: answer.kind === 'replayed' };
}

async function recorded<Answer>(submit: () => Promise<Answer>): Promise<Answer> {
  try {
    return await submit();
  } catch (error) {
    if (error instanceof IntakeFull) throw tooManyWaiting(error);
    if (databaseTrouble(error) !== 'fault')
      throw unavailable('the orders store is unavailable: repeat the request with the same key', error);
    throw error;
  }
}

/**
 * Refuses a new order or trip while too many commands are open. A repeat of a recorded command is not refused.
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

/** The wait of a caller for a recorded command. */
export interface Waiting {
  readonly seconds: number;
  readonly isAnswerable: () => Promise<boolean>;
  /** The command whose steps wake the caller, when it is another one; null when only the store can tell. */
  readonly toldBy?: string | null;
}

/**
 * Waits until a command can be answered, for `seconds` at most. Steps that commit in this process wake the caller; the
 * store is polled too, because another process may carry the command. A repeat is checked at once.
 * @returns false when the time was over first or the store could not be reached
 */
export async function untilAnswerable(
  { callers }: Pick<ApiDependencies, 'callers'>,
  { row, isReplay }: Pick<Taken<CommandKind>, 'row' | 'isReplay'>,
  { seconds, isAnswerable, toldBy = row.id }: Waiting,
): Promise<boolean> {
  if (seconds <= 0) return false;
  const deadline = performance.now() + seconds * 1_000;
  const listening = toldBy === null ? neverTold() : callers.listen(toldBy);
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

function neverTold(): ReturnType<ApiDependencies['callers']['listen']> {
  return { told: new Promise<void>(() => undefined), stop: () => undefined };
}

/** Returns false while a store cannot be reached: the command is recorded, so its caller keeps waiting. */
async function orNotYet(isAnswerable: () => Promise<boolean>): Promise<boolean> {
  try {
    return await untraced(isAnswerable);
  } catch (error) {
    if (databaseTrouble(error) === 'fault') throw error;
    return false;
  }
}

/** Answers a recorded command: 200 with `whole`, or 202 with `brief` while there is no `whole`. */
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
  /** The subject for a 200; undefined for a 202. */
  readonly whole: object | undefined;
  readonly brief: object;
}): Reply {
  const headers = { ...replayHeaders(isReplay), ...preferenceHeaders(waitSeconds) };
  if (whole) return { status: 200, headers, json: whole };
  return { status: 202, headers: { ...headers, Location: path }, json: brief };
}

/** The documented header of operations that take commands. */
export const REPLAYED = { 'Idempotent-Replayed': '`true` if the command was recorded by an earlier request' };
