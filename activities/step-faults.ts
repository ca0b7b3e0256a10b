import { ApplicationFailure, Context } from '@temporalio/activity';
import { STEP_FAULTED } from '../src/contracts/saga';
import { type DatabaseTrouble, databaseTrouble, isDataError } from '../src/stores/postgres/database-errors';
import { StepHealth } from './step-health';

const health = new StepHealth();

/** Notes the error that a step of commands keeps failing with; null: it has passed. */
export type NoteFailure = (commandIds: readonly string[], failure: string | null) => Promise<void>;

interface StepRun {
  readonly step: string;
  readonly ids: readonly string[];
}

/**
 * Runs a step and turns what it throws into what its saga should do. An outage, a race or a timeout is thrown as it is,
 * and is retried as long as it lasts; after three timeouts a batch is split. Any other error splits a batch at once; a
 * member alone is tried three times, and then the failure says whether the fault is provably its own.
 */
export async function asStep<Answer>(
  run: StepRun,
  work: () => Promise<Answer>,
  noteFailure: NoteFailure,
): Promise<Answer> {
  try {
    const answer = await work();
    const hadFailed = health.succeeded(run.step, run.ids, performance.now());
    if (hadFailed) await noteFailure(run.ids, null).catch(ignored);
    return answer;
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const isLasting = health.failed(run.step, run.ids, performance.now());
    if (isLasting) await noteFailure(run.ids, message).catch(ignored);
    throw asFailure(run, databaseTrouble(error), isDataError(error), message) ?? error;
  }
}

/** Undefined: the error is retried as it is. */
function asFailure(
  { step, ids }: StepRun,
  trouble: DatabaseTrouble,
  isData: boolean,
  message: string,
): ApplicationFailure | undefined {
  const isAlone = ids.length === 1;
  if (trouble === 'timeout') return !isAlone && health.timedOut(attemptKey()) ? split(message) : undefined;
  if (trouble !== 'fault') return undefined;
  if (!isAlone) return split(message);
  const [id = ''] = ids;
  if (!health.isOutOfTries(step, id)) return ApplicationFailure.retryable(message, 'StepFault');
  return fault(message, isData && health.othersSucceededSince(step, id));
}

function split(message: string): ApplicationFailure {
  return fault(message, false);
}

function fault(message: string, isProvable: boolean): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: STEP_FAULTED,
    nonRetryable: true,
    details: [isProvable],
  });
}

function attemptKey(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return `${workflowExecution?.runId}/${activityId}`;
}

/** A note for operators that cannot be written now is written with the next failure. */
function ignored(): void {}
