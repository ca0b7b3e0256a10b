import type { ReservationOutcome, ReserveInventory } from '../../contracts/commands';
import { LARGEST_BATCH } from '../../contracts/saga';
import type { CommandKind } from '../../domain/command/recorded-command';
import { carryCommands } from '../../intake/carry-commands';
import { linesOf } from '../../intake/command-line';
import { type CarryBatch, Intake, type IntakeLimits } from '../../intake/intake';
import type { Intakes } from '../../intake/intakes';
import { recorders } from '../../intake/record-commands';
import { freshWorkflowId } from '../../intake/saga-start';
import type { NewCommand, RecordAnswer } from '../../stores/orders/command-rows';
import type { SagaClient } from '../../temporal/saga-client';
import type { ProcessContext } from './process-context';

/** The limits of the intakes, as measured in docs/decisions/0007-batches-and-slots.md. */
export const INTAKE_LIMITS: IntakeLimits = {
  batchSize: LARGEST_BATCH,
  // In order lines: a step for this many saves well within the statement timeout.
  batchWeight: 1_500,
  slots: 3,
  slotTimeoutMs: 1_000,
  patienceMs: 250,
  quietMs: 14,
  queue: 4_000,
};

/** A trip is a batch of one that mostly waits for third parties, so many may be in flight. */
const TRIPS: Partial<IntakeLimits> = { batchSize: 1, slots: 32, queue: 1_000 };

/** Creates the intakes of one process: a queue per kind of command. */
export function openIntakes(
  { stores, sagas, settings, logger }: ProcessContext,
  limits: IntakeLimits = INTAKE_LIMITS,
): Intakes {
  const record = recorders(stores, settings.deadlines);
  const deps = {
    sagas,
    cache: stores.commandCache,
    onUnconfirmed: (workflowId: string, error: unknown) =>
      logger.warn({ err: error, workflowId }, 'Temporal has not confirmed a start: the relay will start it'),
  };
  const intake = <K extends CommandKind>(
    kind: K,
    more: Partial<IntakeLimits> = {},
    weigh?: (command: NewCommand<K>) => number,
  ): Intake<NewCommand<K>, RecordAnswer> =>
    new Intake(carryCommands(kind, record[kind], deps), { ...limits, ...more }, weigh);
  return {
    create: intake('create', {}, ({ wanted: { lines } }) => lines.length),
    cancel: intake('cancel'),
    revise: intake('revise', {}, ({ wanted: { lines } }) => lines.length),
    reject: intake('reject'),
    ship: intake('ship'),
    accept: intake('accept'),
    deliver: intake('deliver'),
    resolve: intake('resolve'),
    trip: intake('trip', TRIPS),
    reserve: new Intake(carryReservations(sagas), limits, ({ demands }) => demands.length),
  };
}

/** Carries reservations. They have no command rows, so the result of the saga is their answer. */
function carryReservations(
  sagas: Pick<SagaClient, 'start'>,
): CarryBatch<ReserveInventory, ReservationOutcome> {
  return async (commands) => {
    const [first] = commands;
    const started = await sagas.start({
      workflow: 'reserveInventory',
      workflowId: freshWorkflowId('reserveInventory', first?.commandId ?? ''),
      input: commands,
      lines: commands.map(({ commandId, demands }) => `${commandId}: ${linesOf(demands)}`),
      subjects: commands.map(({ commandId }) => commandId),
    });
    const answers = (await started.ended) as readonly ReservationOutcome[];
    return { answers, ended: Promise.resolve() };
  };
}
