import { startProbes } from './probe-role';
import { runProcess } from './run-process';
import { startWorker } from './worker-role';

/** Runs a worker alone. Any number of them may run. */
runProcess('worker', true, async (context, started, onBroken) => {
  started(await startWorker(context, onBroken));
  started(await startProbes(context, context.settings.workerPort));
});
