import { Worker } from '@temporalio/worker';
import { partyQueueOf } from '../../src/contracts/saga';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { SagaClient } from '../../src/temporal/saga-client';
import { createPartyWorker, createSagaWorker } from '../../src/temporal/saga-worker';
import { connectTemporal } from '../../src/temporal/temporal-connection';
import { type Batch, inOneBatch } from './order-changes';
import { cachedBundle } from './saga-bundle';
import type { SagaFixture } from './saga-fixture';

/** A server of one version: client and workers on one connection, as in production. */
export interface VersionedProcess {
  /** Records a command and starts its saga. */
  carry(command: NewCommand): Promise<Batch>;
  stop(): Promise<void>;
}

export async function startVersion(
  { activities, context, settings: { temporal: connection, taskQueue } }: SagaFixture,
  buildId: string,
  code: string,
): Promise<VersionedProcess> {
  const temporal = await connectTemporal(connection);
  const version = { deploymentName: taskQueue, buildId };
  const shared = { temporal, activities, version };
  const workers = [
    await createSagaWorker({ ...shared, taskQueue, bundle: { code } }),
    await createPartyWorker({ ...shared, taskQueue: partyQueueOf(taskQueue) }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const sagas = new SagaClient(temporal.client, { taskQueue, eager: true });
  return {
    carry: (command) => inOneBatch({ context: { ...context, sagas } }, [command]),
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await temporal.close();
    },
  };
}

/**
 * Sets the current version of the deployment, as `temporal worker deployment set-current-version` does; fails until a
 * worker of that version has been seen.
 */
export async function makeCurrent({ context, settings }: SagaFixture, buildId: string): Promise<void> {
  await context.temporal.connection.workflowService.setWorkerDeploymentCurrentVersion({
    namespace: settings.temporal.namespace,
    deploymentName: settings.taskQueue,
    buildId,
  });
}

/**
 * Returns the current workflows and a changed copy with which their histories do not replay: the first two steps are
 * swapped, and trips look up where they would book.
 */
export async function twoVersions(): Promise<{ readonly old: string; readonly changed: string }> {
  const { code: old } = await cachedBundle();
  const credit = /\{\s*step: 'holdCredit',\s*compensation: 'releaseCredit'\s*\}/;
  const stock = /\{\s*step: 'commitStock',\s*compensation: 'releaseStock'\s*\}/;
  const both = new RegExp(`(${credit.source})(,\\s*)(${stock.source})`);
  const order = old.replace(both, '$3$2$1');
  const changed = order.replace(
    'bookAtParty.executeWithOptions(labelled',
    'lookUpAtParty.executeWithOptions(labelled',
  );
  if (order === old || changed === order) throw new Error('the steps are not where they were');
  return { old, changed };
}

/** Returns the traces of a saga: its versions, its eager start, and its steps in order. */
export async function tracesOf({ context }: SagaFixture, workflowId: string) {
  const { events } = await context.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const all = events ?? [];
  const tasks = all.flatMap(({ workflowTaskCompletedEventAttributes: task }) => (task ? [task] : []));
  const markers = all.flatMap(({ markerRecordedEventAttributes: marker }) => (marker ? [marker] : []));
  return {
    versions: [...new Set(tasks.map(({ deploymentVersion }) => deploymentVersion?.buildId))],
    tasks: tasks.length,
    isEager: all[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted === true,
    timeouts: all.filter(({ workflowTaskTimedOutEventAttributes: timeout }) => timeout).length,
    steps: markers.flatMap(({ details }) => {
      const data = details?.data?.payloads?.[0]?.data;
      return data ? [JSON.parse(Buffer.from(data).toString('utf8')).activity_type as string] : [];
    }),
  };
}

/** Replays a history with other code. Returns 'as before', or the error. */
export async function replayWith(code: string, { context }: SagaFixture, workflowId: string) {
  const history = await context.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  try {
    await Worker.runReplayHistory({ workflowBundle: { code } }, history, workflowId);
    return 'as before';
  } catch (error) {
    return String(error);
  }
}
