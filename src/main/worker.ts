import { startProbes } from './roles/probe-role';
import { runProcess } from './roles/run-process';
import { startWorker } from './roles/worker-role';

/** Runs a worker alone. Any number of them may run. */
runProcess('worker', true, async (context, started, onBroken) => {
  started(await startWorker(context, onBroken));
  started(await startProbes(context, context.settings.workerPort));
});
