import path from 'node:path';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/activities';
import { Intake } from '../../src/intake/intake';
import { INTAKE_LIMITS } from '../../src/main/intakes';
import { openContext, type ProcessContext } from '../../src/main/process-context';
import { readRoleSettings } from '../../src/main/settings';
import { randomOrderCommand } from './bench-data';
import { closedLoop } from './closed-loop';
import { engineless } from './engineless-saga';

/** A yardstick to run, asked for by the parent process. */
export interface YardstickJob {
  readonly yardstick: keyof ReturnType<typeof yardsticks>;
  readonly inFlight: number;
  readonly seconds: number;
}

const TASK_QUEUE = 'holdfast-bench';
/** Sets without an engine need not fit a search attribute. */
const LARGEST_SET = 500;

/** Everything is driven from inside this process: a yardstick has no HTTP in front of it. */
function yardsticks(context: ProcessContext) {
  const { stores, temporal } = context;
  const saga = engineless(stores);
  const sets = new Intake(saga.start, { ...INTAKE_LIMITS, setSize: LARGEST_SET, slots: 1 });
  const start = async (workflow: string, args: unknown[]) => {
    const workflowId = `bench/${workflow}/${randomOrderCommand().commandId}`;
    const options = { taskQueue: TASK_QUEUE, workflowId, args, requestEagerStart: true };
    return (await temporal.client.workflow.execute(workflow, options)) as string;
  };
  return {
    emptyWorkflow: () => start('empty', []),
    plainSaga: () => start('plainOrder', [randomOrderCommand()]),
    sqlOrderByOrder: async () => (await saga.run([randomOrderCommand()]))[0] ?? 'none',
    sqlInSets: () => sets.submit(randomOrderCommand()).outcome,
  };
}

async function main(): Promise<void> {
  const context = await openContext(readRoleSettings(), true);
  const worker = await Worker.create({
    connection: context.temporal.connection,
    taskQueue: TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: path.join(__dirname, 'yardstick-workflows.ts'),
    }),
    activities: createActivities(context.stores),
  });
  worker.run().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  const calls = yardsticks(context);
  process.on('message', ({ yardstick, inFlight, seconds }: YardstickJob) => {
    closedLoop(inFlight, seconds, calls[yardstick]).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
