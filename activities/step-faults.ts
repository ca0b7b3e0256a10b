import { ApplicationFailure, Context } from '@temporalio/activity';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../src/contracts/failures';
import { databaseTrouble } from '../src/stores/database-errors';
import { StepTimeouts } from './step-timeouts';

/** After this many timeouts a step is taken to fail on its data: its set is split. */
const MOST_TIMEOUTS = 3;

const timeouts = new StepTimeouts();

/**
 * Turns what a step throws into what its saga should do: transient trouble is thrown as it is and retried; a
 * fault of the data, or timing out again and again, ends the step for good with a type listed in contracts.
 */
export function asStep<Input, Answer>(
  run: (input: Input) => Promise<Answer>,
): (input: Input) => Promise<Answer> {
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      throw asFailure(error);
    }
  };
}

/** The answers of a set by command id, so that a person who opens the step in the Web UI sees whose each one is. */
export function asSetStep<Input extends MembersInput, Answer>(
  run: (input: Input) => Promise<readonly Answer[]>,
): (input: Input) => Promise<Record<string, Answer>> {
  return asStep(async (input) => {
    const answers = await run(input);
    const entries = input.members.map(({ command }, index) => [command.commandId, answers[index]] as const);
    return Object.fromEntries(entries) as Record<string, Answer>;
  });
}

interface MembersInput {
  readonly members: readonly { readonly command: { readonly commandId: string } }[];
}

function asFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure) return error;
  const trouble = databaseTrouble(error);
  const message = error instanceof Error ? error.message : String(error);
  if (trouble === 'fault') return ApplicationFailure.nonRetryable(message, STEP_FAULTED);
  if (trouble === 'timeout' && timeouts.add(stepUnderWay()) >= MOST_TIMEOUTS)
    return ApplicationFailure.nonRetryable(message, STEP_KEEPS_TIMING_OUT);
  return error;
}

function stepUnderWay(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return `${workflowExecution?.runId}/${activityId}`;
}
