import { Runtime } from '@temporalio/worker';
import { createActivities } from '../../activities/activities';
import { bundleSagas, createSagaWorker } from '../temporal/saga-worker';
import type { ProcessContext, Role } from './process-context';

/** Keeps the SDK's own signal handlers away: this process stops its roles in an order of its own. */
export function takeSignalsFromTheSdk(): void {
  Runtime.install({ shutdownSignals: [] });
}

/** Runs sagas and their steps. */
export async function startWorker(
  context: ProcessContext,
  onBroken: (error: unknown) => void,
): Promise<Role> {
  const worker = await createSagaWorker({
    connection: context.temporal.connection,
    namespace: context.temporal.namespace,
    taskQueue: context.settings.taskQueue,
    activities: createActivities(context.stores, context.parties, context.settings.deadlines),
    bundle: await bundleSagas(),
    version: context.settings.workerVersion,
  });
  const running = worker.run();
  running.catch(onBroken);
  return {
    name: 'worker',
    async stop() {
      worker.shutdown();
      await running;
    },
  };
}
