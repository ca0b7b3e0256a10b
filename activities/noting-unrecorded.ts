import { ApplicationFailure } from '@temporalio/activity';
import type { CreateOrder } from '../src/contracts/commands';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../src/contracts/failures';
import type { OrderToUndo, UndoInput } from '../src/contracts/steps';
import type { BookTrip, SealTripInput } from '../src/contracts/trips';
import type { UnrecordedCommands } from '../src/stores/unrecorded-commands';

/**
 * The end of a command that could not be recorded: where its refusal cannot be recorded either, it is put before an
 * operator, as there is no order or trip that would say how it stands.
 */
export function orNoted<Input, Answer>(
  unrecorded: UnrecordedCommands,
  end: (input: Input) => Promise<Answer>,
  commandOf: (input: Input) => CreateOrder | BookTrip | undefined,
): (input: Input) => Promise<Answer> {
  return async (input) => {
    try {
      return await end(input);
    } catch (error) {
      const command = commandOf(input);
      if (command && isFault(error)) await unrecorded.note(command, error.message);
      throw error;
    }
  };
}

/** Of a set nobody knows whose fault it is before it was split. */
export function onlyOrder({ members }: UndoInput<OrderToUndo>): CreateOrder | undefined {
  const [member, ...others] = members;
  if (!member || others.length > 0) return undefined;
  return 'idempotencyKey' in member.command ? (member.command as CreateOrder) : undefined;
}

export function tripOf({ command }: SealTripInput): BookTrip | undefined {
  return 'idempotencyKey' in command ? command : undefined;
}

function isFault(error: unknown): error is ApplicationFailure {
  return (
    error instanceof ApplicationFailure && [STEP_FAULTED, STEP_KEEPS_TIMING_OUT].includes(error.type as never)
  );
}
