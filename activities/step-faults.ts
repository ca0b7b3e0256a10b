import { ApplicationFailure, Context } from '@temporalio/activity';
import { failureText } from '../src/contracts/failure-text';
import { STEP_FAULTED } from '../src/contracts/saga';
import { type DatabaseTrouble, databaseTrouble, isDataError } from '../src/stores/postgres/database-errors';
import { StepHealth } from './step-health';

const health = new StepHealth();

/** Notes in command rows the error that a step keeps failing with; null clears it. */
export type NoteFailure = (commandIds: readonly string[], failure: string | null) => Promise<void>;

/** A step, and the commands that it runs for. */
export interface StepRun {
  readonly step: string;
  readonly ids: readonly string[];
}

/**
 * Runs a step and maps its errors for the saga. An outage, a race or a timeout is rethrown unchanged, so Temporal
 * retries it as long as it lasts; the third timeout splits a batch. Any other error splits a batch at once. A member
 * alone is tried three times; then the failure tells if the fault is provably its own.
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
    const message = failureText(error);
    const isLasting = health.failed(run.step, run.ids, performance.now());
    if (isLasting) await noteFailure(run.ids, message).then(() => health.shown(run.step, run.ids), ignored);
    throw asFailure(run, databaseTrouble(error), isDataError(error), message) ?? error;
  }
}

/** Maps an error to the failure that the saga gets. @returns undefined when the error is retried unchanged */
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

/** Ignores an error of noteFailure, which must not change the result of the step: the next failure notes it again. */
function ignored(): void {}
