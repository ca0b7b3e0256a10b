import { startProbes } from './probe-role';
import { runProcess } from './run-process';
import { startWorker } from './worker-role';

/** A worker alone. Any number of them may run. */
runProcess('worker', true, async (context, onBroken) => {
  const worker = await startWorker(context, onBroken);
  return [await startProbes(context, context.settings.workerPort), worker];
});
