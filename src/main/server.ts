import { startApi } from './roles/api-role';
import { openIntakes } from './roles/intakes';
import { startRelay } from './roles/relay-role';
import { runProcess } from './roles/run-process';
import { startWorker } from './roles/worker-role';

/**
 * Runs API, worker and relay in one process. Client and worker share a connection, so a saga starts eagerly in the
 * process that recorded the order. This is the cheapest way to run; scale it by adding processes.
 */
runProcess('server', true, async (context, started, onBroken) => {
  const intakes = openIntakes(context);
  started(await startWorker(context, onBroken));
  started(startRelay(context, intakes));
  started(await startApi(context, intakes));
});
