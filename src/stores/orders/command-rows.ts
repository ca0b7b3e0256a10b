import { sqltag as sql } from '@prisma/client/runtime/client';
import type {
  CommandChange,
  CommandKind,
  CommandRow,
  RecordedCommand,
  Wanted,
} from '../../domain/command/recorded-command';
import type { Refusal } from '../../domain/refusal';
import type { Cause } from '../log/event-log';
import type { StoreSession } from '../postgres/store-session';

/** The row that makes the personal data of an order readable. An erasure deletes it. */
export interface OrderSecret {
  /** 32 random bytes in base64. The key seals one text only. */
  readonly key: string;
  /** The plain external id, by which orders are found. */
  readonly externalId: string | null;
}

/** A command to record. */
export interface NewCommand<K extends CommandKind = CommandKind> {
  /** The hash of caller, operation and idempotency key; random when there is no key. */
  readonly id: string;
  readonly kind: K;
  readonly caller: string;
  /** The API key of its request; absent for commands of Holdfast itself. */
  readonly keyId?: string;
  readonly operation: string;
  readonly key: string | null;
  readonly fingerprint: string;
  readonly subject: string;
  readonly wanted: Wanted[K];
  /** The key of the personal data of a new order; absent without such data. */
  readonly secret?: OrderSecret;
}

/** The result of recording one command. */
export type RecordAnswer =
  | { readonly kind: 'recorded'; readonly row: CommandRow }
  /** An earlier request recorded the command under the same idempotency key and fingerprint. */
  | { readonly kind: 'replayed'; readonly row: CommandRow }
  /** Its idempotency key belongs to another fingerprint. */
  | { readonly kind: 'key-reused' }
  /** The order's state refuses it: nothing is recorded, and its idempotency key stays free. */
  | Refusal;

/** The delay before the relay first checks whether the saga of a new command is lost. */
export const FIRST_LOOK_SECONDS = 5;

/** The JSON of a command's row as a `StoredCommand`. */
export const commandRow = sql`jsonb_build_object('id', c.id, 'kind', c.kind, 'caller', c.caller, 'keyId', c.key_id, 'subject', c.subject,
  'wanted', c.wanted, 'recordedAt', iso(c.recorded_at), 'workflowId', c.workflow_id, 'decision', c.decision,
  'attention', c.attention, 'isClosed', c.closed_at IS NOT NULL, 'fingerprint', c.fingerprint)`;

export type StoredCommand = CommandRow & { readonly fingerprint: string };

/** Reads the rows of commands by their ids, without ids that were never recorded. */
export async function storedCommands(
  session: StoreSession,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredCommand>> {
  const rows = await session.$queryRaw<{ row: StoredCommand }[]>(sql`
    SELECT ${commandRow} AS "row" FROM command c WHERE id = ANY(${[...ids]}::text[])`);
  return new Map(rows.map(({ row }) => [row.id, row]));
}

/** Inserts commands under the id of their saga, in order of their ids. Skips commands whose id exists already. */
export function insertCommands(offered: readonly NewCommand[], workflowId: string) {
  return sql`
    INSERT INTO command (id, kind, caller, key_id, operation, key, fingerprint, subject, wanted, workflow_id, recorded_at,
      look_at)
    SELECT id, kind, caller, "keyId", operation, key, fingerprint, subject, wanted, ${workflowId}::text, statement_timestamp(),
      statement_timestamp() + make_interval(secs => ${FIRST_LOOK_SECONDS}::int)
    FROM jsonb_to_recordset(${JSON.stringify(distinctById(offered))}::jsonb) AS n(id text, kind text, caller text, "keyId" text,
      operation text, key text, fingerprint text, subject text, wanted jsonb)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING`;
}

/** Keeps the first command of each id, in order: one statement cannot insert a row twice. */
export function distinctById<C extends Pick<NewCommand, 'id'>>(offered: readonly C[]): readonly C[] {
  const first = new Map<string, C>();
  for (const command of offered) if (!first.has(command.id)) first.set(command.id, command);
  return [...first.values()];
}

/**
 * Derives the answer to a command offered under `workflowId` from the row stored under its id. A row with that workflow
 * id belongs to the batch itself, even when the outcome of its commit was unknown. `isRepeat`: the batch contains the
 * command twice.
 */
export function answerFrom(
  row: StoredCommand,
  { fingerprint }: Pick<NewCommand, 'fingerprint'>,
  { workflowId, isRepeat = false }: { readonly workflowId: string; readonly isRepeat?: boolean },
): Exclude<RecordAnswer, Refusal> {
  if (row.fingerprint !== fingerprint) return { kind: 'key-reused' };
  return { kind: row.workflowId === workflowId && !isRepeat ? 'recorded' : 'replayed', row };
}

/**
 * Updates the rows of commands after decisions. A stored decision stays; a later one of the same kind may only add
 * fields. A decision clears the attention of a command that waits for an operator and makes its saga due at once, so
 * that the saga completes it.
 */
export function updateCommands(changes: readonly CommandChange[]) {
  return sql`
    UPDATE command SET wanted = coalesce(u.wanted, command.wanted),
      decision = CASE WHEN command.decision->>'kind' = u.decision->>'kind' THEN u.decision || command.decision
        ELSE coalesce(command.decision, u.decision) END,
      closed_at = CASE WHEN u.close THEN coalesce(command.closed_at, clock_timestamp()) ELSE command.closed_at END,
      attention = CASE WHEN u.close OR ${isDeciding} THEN NULL ELSE command.attention END,
      look_at = CASE WHEN ${isDeciding} AND command.attention IS NOT NULL THEN statement_timestamp()
        ELSE command.look_at END
    FROM jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) AS u(id text, wanted jsonb, decision jsonb, close boolean)
    WHERE command.id = u.id AND command.id = ANY(${changes.map(({ id }) => id)}::text[])`;
}

const isDeciding = sql`(command.decision IS NULL AND u.decision IS NOT NULL)`;

/** Applies a change to a loaded row, as `updateCommands` does to the stored one. */
export function changed(row: CommandRow, change: CommandChange): CommandRow {
  return {
    ...row,
    ...(change.wanted ? { wanted: change.wanted as CommandRow['wanted'] } : {}),
    ...(change.decision ? { decision: decisionAfter(row, change.decision as Decided) } : {}),
    ...(change.decision && !row.decision ? { attention: null } : {}),
    ...(change.close ? { isClosed: true, attention: null } : {}),
  };
}

type Decided = NonNullable<CommandRow['decision']>;

function decisionAfter({ decision }: CommandRow, next: Decided): Decided {
  if (!decision) return next;
  return decision.kind === next.kind ? ({ ...next, ...decision } as Decided) : decision;
}

/** Returns a command as the cause of the events of its decision. */
export function causeOf(
  command: Pick<RecordedCommand, 'id' | 'caller' | 'keyId' | 'subject' | 'wanted'>,
): Cause {
  const { id, caller, keyId, subject, wanted } = command;
  const { traceparent } = wanted;
  return {
    commandId: id,
    caller,
    correlation: subject,
    ...(keyId === null ? {} : { keyId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
