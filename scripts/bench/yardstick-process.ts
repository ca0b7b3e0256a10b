import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/activities';
import { Intake, type IntakeLimits } from '../../src/intake/intake';
import { INTAKE_LIMITS } from '../../src/main/intakes';
import { openContext, type ProcessContext } from '../../src/main/process-context';
import { readRoleSettings } from '../../src/main/settings';
import { startWorker } from '../../src/main/worker-role';
import { randomOrderCommand } from './bench-data';
import { closedLoop } from './closed-loop';
import { engineless } from './engineless-saga';

/** A yardstick to run, asked for by the parent process. */
export interface YardstickJob {
  readonly yardstick: keyof ReturnType<typeof yardsticks>;
  readonly inFlight: number;
  readonly seconds: number;
  /** What differs from the limits of the real intake. */
  readonly limits?: Partial<IntakeLimits>;
}

const TASK_QUEUE = 'holdfast-bench';

/** More would only wait for a connection, and on a slow machine for longer than that may take. */
const ORDERS_AT_ONCE = 50;

/** Everything is driven from inside this process: a yardstick has no HTTP in front of it. */
function yardsticks(context: ProcessContext, limits: IntakeLimits) {
  const { stores, temporal, starters } = context;
  const saga = engineless(stores);
  const sqlSets = new Intake(saga.start, limits);
  const sqlOrders = new Intake(saga.start, { ...limits, setSize: 1, slots: ORDERS_AT_ONCE, quietMs: 0 });
  const sagas = new Intake(starters.createOrder, limits);
  const execute = async <Result>(workflow: string, args: unknown[]) => {
    const workflowId = `bench/${workflow}/${randomOrderCommand().commandId}`;
    const options = { taskQueue: TASK_QUEUE, workflowId, args, requestEagerStart: true };
    return (await temporal.client.workflow.execute(workflow, options)) as Result;
  };
  const regularSets = new Intake(
    async (commands) => ({ outcomes: execute<string[]>('regularSet', [commands]) }),
    limits,
  );
  return {
    emptyWorkflow: () => execute<string>('empty', []),
    plainSaga: () => execute<string>('plainOrder', [randomOrderCommand()]),
    sqlOrderByOrder: () => sqlOrders.submit(randomOrderCommand()).outcome,
    sqlInSets: () => sqlSets.submit(randomOrderCommand()).outcome,
    regularSets: () => regularSets.submit(randomOrderCommand()).outcome,
    sagasInSets: async () => (await sagas.submit(randomOrderCommand()).outcome).kind,
  };
}

async function main(): Promise<void> {
  const context = await openContext(readRoleSettings(), true);
  const worker = await Worker.create({
    connection: context.temporal.connection,
    taskQueue: TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: path.join(__dirname, 'yardstick-workflows.js'),
      logger: new DefaultLogger('ERROR'),
    }),
    activities: createActivities(context.stores, context.parties),
  });
  const fail = (error: unknown) => {
    console.error(error);
    process.exit(1);
  };
  worker.run().catch(fail);
  await startWorker(context, fail);
  process.on('message', ({ yardstick, inFlight, seconds, limits }: YardstickJob) => {
    const call = yardsticks(context, { ...INTAKE_LIMITS, ...limits })[yardstick];
    closedLoop(inFlight, seconds, call).then((result) => process.send?.(result), fail);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
