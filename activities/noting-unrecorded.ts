import { ApplicationFailure } from '@temporalio/activity';
import type { AcceptedCommand } from '../src/contracts/accepted-commands';
import type { CreateOrder, OnOrder } from '../src/contracts/commands';
import { STEP_FAULTED, STEP_KEEPS_TIMING_OUT } from '../src/contracts/failures';
import type { OrderToUndo, UndoInput } from '../src/contracts/steps';
import type { SealTripInput } from '../src/contracts/trips';
import type { CommandKind } from '../src/domain/order/order';
import type { UnrecordedCommands } from '../src/stores/unrecorded-commands';

/**
 * The end of a command that could not be recorded: where its refusal cannot be recorded either, it is put before an
 * operator, as nothing else would say how it stands. One that only timed out is tried again, by those who watch for it.
 */
export function orNoted<Input, Answer>(
  unrecorded: UnrecordedCommands,
  end: (input: Input) => Promise<Answer>,
  acceptedOf: (input: Input) => AcceptedCommand | undefined,
): (input: Input) => Promise<Answer> {
  return async (input) => {
    try {
      return await end(input);
    } catch (error) {
      const accepted = acceptedOf(input);
      if (accepted && isEnd(error))
        await unrecorded.note(accepted, error.message, error.type === STEP_KEEPS_TIMING_OUT);
      throw error;
    }
  };
}

/** Of a set nobody knows whose fault it is before it was split. */
export function onlyOrder(input: UndoInput<OrderToUndo>): AcceptedCommand | undefined {
  const command = onlyCommand(input);
  return command && 'idempotencyKey' in command
    ? { kind: 'create', command: command as CreateOrder }
    : undefined;
}

export function onlyChange<C extends OnOrder>(kind: CommandKind) {
  return (input: UndoInput<C>): AcceptedCommand | undefined => {
    const command = onlyCommand(input);
    return command && { kind, command };
  };
}

export function tripOf({ command }: SealTripInput): AcceptedCommand | undefined {
  return 'idempotencyKey' in command ? { kind: 'trip', command } : undefined;
}

function onlyCommand<C extends OrderToUndo | OnOrder>({ members }: UndoInput<C>): C | undefined {
  const [member, ...others] = members;
  return others.length > 0 ? undefined : member?.command;
}

function isEnd(error: unknown): error is ApplicationFailure {
  return (
    error instanceof ApplicationFailure && [STEP_FAULTED, STEP_KEEPS_TIMING_OUT].includes(error.type as never)
  );
}
