import type { CommandKind, CommandRow } from '../domain/command/recorded-command';
import type { CommandCache } from '../stores/orders/command-cache';
import { distinctById, type NewCommand, type RecordAnswer } from '../stores/orders/command-rows';
import { databaseTrouble } from '../stores/postgres/database-errors';
import type { SagaClient } from '../temporal/saga-client';
import { inSpan, inSpanUntil } from '../tracing/spans';
import { spanOfCommands } from './command-spans';
import type { RecordBatch } from './commands';
import { type Carried, type CarryBatch, Failed } from './intake';
import { freshSagaId, sagaStart } from './saga-start';

export interface CarryingDeps {
  readonly sagas: Pick<SagaClient, 'start'>;
  readonly cache: Pick<CommandCache, 'remember'>;
  /** Called for a start that Temporal has not confirmed; the relay will start that saga. */
  readonly onUnconfirmed: (workflowId: string, error: unknown) => void;
  /** Called with the number of commands of each recorded batch. */
  readonly onBatch: (kind: CommandKind, size: number) => void;
}

/**
 * Returns a function that carries batches of one kind: it records a batch, then starts the saga of the commands that
 * are still open. The id of the saga is made before the record. A start that is not confirmed is left to the relay.
 */
export function carryCommands<K extends CommandKind>(
  kind: K,
  record: RecordBatch<K>,
  { sagas, cache, onUnconfirmed, onBatch }: CarryingDeps,
): CarryBatch<NewCommand<K>, RecordAnswer> {
  const carry = async (
    workflowId: string,
    batch: readonly NewCommand<K>[],
  ): Promise<Carried<RecordAnswer>> => {
    const answers = await inSpan(`record ${kind}`, {}, () => recordOrOneByOne(workflowId, batch, record));
    onBatch(kind, batch.length);
    // A command that was offered twice is one member.
    const open = distinctById(answers.flatMap((answer) => openRow(answer, workflowId) ?? []));
    const start = sagaStart(workflowId, open);
    if (!start) return { answers, ended: Promise.resolve() };
    cache.remember(open);
    const ended = sagas.start(start).then(
      (started) => started.ended,
      (error: unknown) => onUnconfirmed(workflowId, error),
    );
    return { answers, ended };
  };
  return (batch) => {
    const [first] = batch;
    const workflowId = freshSagaId(kind, first?.subject ?? '');
    return inSpanUntil(
      `batch ${kind}`,
      spanOfCommands(workflowId, batch),
      () => carry(workflowId, batch),
      ({ ended }) => ended,
    );
  };
}

/**
 * Records a batch. After a fault, a conflict or a timeout it records the commands one by one, so that a command that
 * cannot be stored, or whose order stays locked, fails alone.
 * @throws the error of an unavailable store, or of a batch of one
 */
async function recordOrOneByOne<K extends CommandKind>(
  workflowId: string,
  batch: readonly NewCommand<K>[],
  record: RecordBatch<K>,
): Promise<readonly (RecordAnswer | Failed)[]> {
  try {
    return await record(workflowId, batch);
  } catch (error) {
    const trouble = databaseTrouble(error);
    if (batch.length === 1 || trouble === 'unavailable') throw error;
  }
  const answers: (RecordAnswer | Failed)[] = [];
  for (const command of batch)
    answers.push(
      await record(workflowId, [command]).then(
        ([answer]) =>
          answer ?? new Failed(new Error(`the record returned no answer for command ${command.id}`)),
        (error: unknown) => new Failed(error),
      ),
    );
  return answers;
}

function openRow(answer: RecordAnswer | Failed, workflowId: string): CommandRow | undefined {
  if (answer instanceof Failed || answer.kind !== 'recorded') return undefined;
  const { row } = answer;
  return row.isClosed || row.workflowId !== workflowId ? undefined : row;
}
