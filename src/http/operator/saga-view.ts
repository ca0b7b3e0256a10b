import type { SagaView } from '../../contracts/api/sagas';
import type { WantedResolution } from '../../domain/command/recorded-command';
import type { StepVerdicts } from '../../stores/log/step-verdicts';
import { type ListedCommand, STUCK_AFTER_SECONDS } from '../../stores/orders/command-store';
import { databaseTrouble } from '../../stores/postgres/database-errors';
import type { ApiDependencies } from '../api-dependencies';
import { progressOf, progressOfTrip, type SagaSteps } from '../commands/saga-progress';
import type { WebUiLinks } from '../framework/web-ui-links';
import { orderPathOf } from '../orders/order-view';
import { tripPathOf } from '../trips/trip-view';
import { sagaPathOf } from './saga-path';

/** Converts commands to the API view of their sagas; reads the steps of all of them at once. */
export async function sagaViews(
  deps: Pick<ApiDependencies, 'stores' | 'logger'>,
  rows: readonly ListedCommand[],
  links: WebUiLinks,
): Promise<SagaView[]> {
  const ids = rows.map(({ id }) => id);
  const trips = await deps.stores.tripsReads.trips(
    rows.filter(({ kind }) => kind === 'trip').map(({ subject }) => subject),
  );
  const verdicts = await storedVerdicts(deps, ids);
  return rows.map((row) => {
    const trip = trips.get(row.subject);
    const steps = trip ? progressOfTrip(trip, row) : verdicts && progressOf(row, verdicts.get(row.id) ?? {});
    return sagaView(row, steps, links);
  });
}

/**
 * Reads the stored answers of the commands' steps.
 * @returns undefined when a store cannot be reached, so that operators see the rest of the sagas
 */
async function storedVerdicts(
  { stores, logger }: Pick<ApiDependencies, 'stores' | 'logger'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StepVerdicts> | undefined> {
  try {
    return await stores.verdicts(ids);
  } catch (error) {
    if (databaseTrouble(error) === 'fault') throw error;
    logger.warn({ err: error }, 'sagas are shown without their steps: a store is unavailable');
    return undefined;
  }
}

function sagaView(row: ListedCommand, steps: SagaSteps | undefined, links: WebUiLinks): SagaView {
  const { id, kind, subject, caller, attention, decision, failure, recordedAt, updatedAt } = row;
  const isTrip = subject.startsWith('trp_');
  return {
    id,
    command: { kind, id },
    subject,
    caller,
    ...resolutionOf(row),
    state: stateOf(row),
    ...(decision ? { decision: decision.kind } : {}),
    ...refusalOf(row),
    ...(attention ? { attention: { ...attention, remaining: [...attention.remaining] } } : {}),
    ...(row.lastRetry === null ? {} : { lastRetry: row.lastRetry }),
    ...answeredMeanwhile(row),
    ...(failure === null ? {} : { failure }),
    ...(steps
      ? { steps: { done: [...steps.done], remaining: [...steps.remaining], undone: [...steps.undone] } }
      : {}),
    startedAt: recordedAt,
    updatedAt,
    workflowId: row.workflowId,
    links: {
      self: sagaPathOf(id),
      ...(isTrip ? { trip: tripPathOf(subject) } : { order: orderPathOf(subject) }),
      ...links.toWorkflow(row.workflowId),
    },
  };
}

/** Returns the steps that a resolution of a decided command found already answered. */
export function answeredMeanwhile({ decision }: ListedCommand): Pick<SagaView, 'answeredMeanwhile'> {
  const isResolution = decision !== null && 'answeredMeanwhile' in decision;
  return isResolution ? { answeredMeanwhile: [...(decision.answeredMeanwhile ?? [])] } : {};
}

function refusalOf({ decision }: ListedCommand): Pick<SagaView, 'reason' | 'detail'> {
  if (decision === null) return {};
  return {
    ...('reason' in decision ? { reason: decision.reason } : {}),
    ...('detail' in decision && decision.detail !== undefined ? { detail: decision.detail } : {}),
  };
}

function resolutionOf({ kind, wanted }: ListedCommand): Pick<SagaView, 'resolution'> {
  if (kind !== 'resolve') return {};
  const { target, note } = wanted as WantedResolution;
  return { resolution: { target, note } };
}

function stateOf({ isClosed, attention, recordedAt }: ListedCommand): SagaView['state'] {
  if (isClosed) return 'finished';
  if (attention) return 'needs_attention';
  return Date.now() - Date.parse(recordedAt) > STUCK_AFTER_SECONDS * 1_000 ? 'stuck' : 'running';
}
