import { createActivities, createPartyActivities } from '../../../activities/activities';
import type { StepDeps } from '../../../activities/step-deps';
import { partyQueueOf } from '../../contracts/saga';
import { bundleSagas, createPartyWorker, createSagaWorker } from '../../temporal/saga-worker';
import type { ProcessContext, Role } from './process-context';
import { stepObserver } from './step-observer';

/** Starts two workers: one for sagas and their steps, one for calls to third parties on their own task queue. */
export async function startWorker(
  context: ProcessContext,
  onBroken: (error: unknown) => void,
): Promise<Role> {
  const { taskQueue, workerVersion: version } = context.settings;
  const deps = stepDepsOf(context);
  const shared = { temporal: context.temporal, version };
  const workers = [
    await createSagaWorker({
      ...shared,
      taskQueue,
      activities: createActivities(deps),
      bundle: await bundleSagas(context.temporal.dataConverter),
    }),
    await createPartyWorker({
      ...shared,
      taskQueue: partyQueueOf(taskQueue),
      activities: createPartyActivities(deps),
    }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  running.catch(onBroken);
  return {
    name: 'worker',
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
}

/** Returns the dependencies of the steps in this process. */
export function stepDepsOf(context: ProcessContext): StepDeps {
  const { stores, parties, callers, settings } = context;
  const { deadlines, maxShipments, partnerPatienceMs, retryNodeSeconds } = settings;
  const observer = stepObserver(context);
  return { stores, parties, callers, observer, deadlines, maxShipments, partnerPatienceMs, retryNodeSeconds };
}
