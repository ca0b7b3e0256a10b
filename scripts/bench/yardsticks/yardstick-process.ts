import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { createActivities } from '../../../activities/activities';
import { Intake, type IntakeLimits } from '../../../src/intake/intake';
import { INTAKE_LIMITS, openIntakes } from '../../../src/main/roles/intakes';
import { openContext, type ProcessContext } from '../../../src/main/roles/process-context';
import { startWorker, stepDepsOf } from '../../../src/main/roles/worker-role';
import { readRoleSettings } from '../../../src/main/settings';
import { randomOrderCommand } from '../bench-data';
import { closedLoop } from '../closed-loop';
import { ChoreographedOrders } from './choreographed-orders';
import { engineless } from './engineless-saga';

/** A yardstick that the parent process asks for. */
export interface YardstickJob {
  readonly yardstick: keyof ReturnType<typeof yardsticks>;
  readonly inFlight: number;
  readonly seconds: number;
  /** The differences from the limits of the real intake. */
  readonly limits?: Partial<IntakeLimits>;
}

const TASK_QUEUE = 'holdfast-bench';

/** More would only wait for a connection, on a slow machine longer than the timeout allows. */
const ORDERS_AT_ONCE = 50;

/** Drives every yardstick from inside this process, without HTTP. */
function yardsticks(context: ProcessContext, choreography: ChoreographedOrders, limits: IntakeLimits) {
  const { stores, temporal, callers } = context;
  const saga = engineless(stepDepsOf(context));
  const sqlBatches = new Intake(saga, limits);
  const sqlOrders = new Intake(saga, { ...limits, batchSize: 1, slots: ORDERS_AT_ONCE, quietMs: 0 });
  const sagas = openIntakes(context, limits);
  const recorded = new Intake(choreography.record, limits);
  const execute = async <Result>(workflow: string, args: unknown[]) => {
    const workflowId = `bench/${workflow}/${randomUUID()}`;
    const options = { taskQueue: TASK_QUEUE, workflowId, args, requestEagerStart: true };
    return (await temporal.client.workflow.execute(workflow, options)) as Result;
  };
  return {
    emptyWorkflow: () => execute<string>('empty', []),
    async plainSaga() {
      const command = randomOrderCommand();
      await stores.orders.recordOrders(command.id, [command]);
      return execute<string>('plainOrder', [command.id]);
    },
    sqlOrderByOrder: () => sqlOrders.submit(randomOrderCommand()),
    sqlInBatches: () => sqlBatches.submit(randomOrderCommand()),
    /** Needs a database without a relay, which would start sagas for its orders. */
    choreographed: () => choreography.place(randomOrderCommand(), (command) => recorded.submit(command)),
    async sagasInBatches() {
      const command = randomOrderCommand();
      const listening = callers.listen(command.id);
      const { kind } = await sagas.create.submit(command);
      await listening.told;
      listening.stop();
      return kind;
    },
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
    activities: createActivities(stepDepsOf(context)),
  });
  const fail = (error: unknown) => {
    console.error(error);
    process.exit(1);
  };
  worker.run().catch(fail);
  await startWorker(context, fail);
  const choreography = new ChoreographedOrders(context);
  process.on('message', ({ yardstick, inFlight, seconds, limits }: YardstickJob) => {
    const call = yardsticks(context, choreography, { ...INTAKE_LIMITS, ...limits })[yardstick];
    closedLoop(inFlight, seconds, call).then((result) => process.send?.(result), fail);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
