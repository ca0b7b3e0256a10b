import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { TemporalConnection } from './temporal-connection';
import { traceActivity } from './trace-headers';

/** The version of the code that a worker runs. All versions with one `deploymentName` form a deployment. */
export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

export interface SagaWorkerOptions {
  readonly temporal: Pick<TemporalConnection, 'connection' | 'namespace' | 'dataConverter'>;
  readonly taskQueue: string;
  /** The activities by name, such as createActivities returns. */
  readonly activities: object;
  readonly bundle: WorkflowBundle;
  /** If set, a saga starts on Temporal's current version of the deployment and stays on that version to its end. */
  readonly version: WorkerVersion | undefined;
}

/** The time a stopping worker gives to its running activities. */
const DRAIN = '10 seconds';
/** Bounds, like the task timeout, the time until another worker gets the tasks of a dead one. */
const STICKY_TIMEOUT = '2 seconds';

const WORKFLOWS_PATH = path.resolve(__dirname, '..', '..', 'workflows');
const TRACE_HEADER_PATH = path.join(WORKFLOWS_PATH, 'engine', 'trace-header');

const INTERCEPTORS = { activity: [traceActivity] };

/** Disables the SDK's stack trace per workflow promise: it is not read, and takes a tenth of a lone order's time. */
const WITHOUT_STACKS = 'Error.stackTraceLimit = 0;\n';

/** Bundles the workflows with the conversion of their failures. It takes about 1.5 s, so tests share one bundle. */
export async function bundleSagas({ failureConverterPath }: DataConverter = {}): Promise<WorkflowBundle> {
  const bundle = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    workflowInterceptorModules: [TRACE_HEADER_PATH],
    logger: silent,
    ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
  });
  return { ...bundle, code: WITHOUT_STACKS + bundle.code };
}

/** Creates a worker for sagas and their steps. Its `run()` resolves after `shutdown()`, once it has drained. */
export function createSagaWorker({
  temporal: { connection, namespace, dataConverter },
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
    dataConverter,
    shutdownGraceTime: DRAIN,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    interceptors: INTERCEPTORS,
    ...(version === undefined ? {} : { workerDeploymentOptions: pinnedTo(version) }),
  });
}

/** The limit over all third parties. Each party has its own lower limit of concurrent calls (src/providers). */
const MOST_CALLS = 100;

/** Creates a worker that only calls third parties: a slow party then delays no steps on our own stores. */
export function createPartyWorker({
  temporal: { connection, namespace, dataConverter },
  taskQueue,
  activities,
  version,
}: Omit<SagaWorkerOptions, 'bundle'>): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    dataConverter,
    maxConcurrentActivityTaskExecutions: MOST_CALLS,
    interceptors: INTERCEPTORS,
    shutdownGraceTime: DRAIN,
    ...(version === undefined ? {} : { workerDeploymentOptions: pinnedTo(version) }),
  });
}

function pinnedTo(version: WorkerVersion) {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } as const;
}

/** Silences the bundler's progress log; it throws on errors. */
const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
