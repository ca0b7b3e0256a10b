import type { ReservationOutcome, ReserveInventory } from '../../contracts/commands';
import { LARGEST_BATCH } from '../../contracts/saga';
import { linesOf } from '../../intake/command-lines';
import { spanOfCommands } from '../../intake/command-spans';
import { type CarryBatch, Intake, type IntakeLimits } from '../../intake/intake';
import { commandIntakes, type Intakes } from '../../intake/intakes';
import { freshWorkflowId } from '../../intake/saga-start';
import type { SagaClient } from '../../temporal/saga-client';
import { inSpan } from '../../tracing/spans';
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

/** Creates the intakes of one process. */
export function openIntakes(
  { stores, sagas, settings: { deadlines }, logger, metrics }: ProcessContext,
  limits: IntakeLimits = INTAKE_LIMITS,
): Intakes {
  const carrying = {
    sagas,
    cache: stores.commandCache,
    onUnconfirmed: (workflowId: string, error: unknown) =>
      logger.warn(
        { err: error, workflowId },
        'Temporal did not confirm the start of a saga: the relay will start it',
      ),
    onBatch: (kind: string, size: number) => metrics.observeBatch(kind, size),
  };
  const intakes = {
    ...commandIntakes({ stores, deadlines }, carrying, limits),
    reserve: new Intake(carryReservations(carrying), limits, ({ demands }) => demands.length),
  };
  metrics.showIntakes(intakes);
  return intakes;
}

/** Carries reservations. They have no command rows, so the result of the saga is their answer. */
function carryReservations({
  sagas,
  onBatch,
}: {
  readonly sagas: Pick<SagaClient, 'start'>;
  readonly onBatch: (kind: 'reserve', size: number) => void;
}): CarryBatch<ReserveInventory, ReservationOutcome> {
  return async (commands) => {
    const [first] = commands;
    onBatch('reserve', commands.length);
    const workflowId = freshWorkflowId('reserveInventory', first?.commandId ?? '');
    const members = commands.map((wanted) => ({ id: wanted.commandId, subject: wanted.commandId, wanted }));
    const answers = await inSpan('batch reserve', spanOfCommands(workflowId, members), async () => {
      const { ended } = await sagas.start({
        workflow: 'reserveInventory',
        workflowId,
        input: commands,
        lines: commands.map(
          ({ commandId, demands }) => `Hold ${linesOf(demands)} as reservation ${commandId}`,
        ),
        subjects: commands.map(({ commandId }) => commandId),
      });
      return (await ended) as readonly ReservationOutcome[];
    });
    return { answers, ended: Promise.resolve() };
  };
}
