import path from 'node:path';
import { bundleWorkflowCode, type NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';

/** Which code a worker runs: a deployment consists of all versions of one. */
export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

export interface SagaWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** By name; what createActivities returns. */
  readonly activities: object;
  readonly bundle: WorkflowBundle;
  /** Set: a saga ends on the version it began on, and begins on the one that Temporal has been told is current. */
  readonly version: WorkerVersion | undefined;
}

/** How long a stopping worker lets the steps it has begun end. */
const DRAIN = '10 seconds';
/** As for the task timeout: how soon the tasks of a dead worker go elsewhere. */
const STICKY_TIMEOUT = '2 seconds';

const WORKFLOWS_PATH = path.resolve(__dirname, '..', '..', 'workflows');

/** The SDK takes a stack for every promise of a workflow: a tenth of a lone order's time, and nobody reads them. */
const WITHOUT_STACKS = 'Error.stackTraceLimit = 0;\n';

/** Bundles the workflows once; it takes about a second and a half, so tests share one bundle. */
export async function bundleSagas(): Promise<WorkflowBundle> {
  const bundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: silent });
  return { ...bundle, code: WITHOUT_STACKS + bundle.code };
}

/** A worker that runs sagas and their steps. Its `run()` ends after `shutdown()` once it has drained. */
export function createSagaWorker({
  connection,
  namespace,
  taskQueue,
  activities,
  bundle,
  version,
}: SagaWorkerOptions): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: bundle,
    activities,
    shutdownGraceTime: DRAIN,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    ...(version === undefined ? {} : { workerDeploymentOptions: pinnedTo(version) }),
  });
}

/** Calls to one third party do not wait for those to another: each has a limit of its own (src/providers). */
const MOST_CALLS = 100;

/** A worker that calls third parties, and runs no workflows: whatever they delay, steps on our own stores go on. */
export function createPartyWorker({
  connection,
  namespace,
  taskQueue,
  activities,
  version,
}: Omit<SagaWorkerOptions, 'bundle'>): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    maxConcurrentActivityTaskExecutions: MOST_CALLS,
    shutdownGraceTime: DRAIN,
    ...(version === undefined ? {} : { workerDeploymentOptions: pinnedTo(version) }),
  });
}

function pinnedTo(version: WorkerVersion) {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } as const;
}

/** The bundler tells of every step it takes; only what it throws matters. */
const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
