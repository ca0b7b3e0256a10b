import { startApi } from './api-role';
import { openIntakes } from './intakes';
import { startRelay } from './relay-role';
import { runProcess } from './run-process';
import { startWorker } from './worker-role';

/**
 * API, worker and relay in one process: client and worker share a connection, so a saga starts eagerly in the
 * process that took the order. The cheapest way to run; scale it by adding processes.
 */
runProcess('server', true, async (context, started, onBroken) => {
  const intakes = openIntakes(context);
  started(await startWorker(context, onBroken));
  started(startRelay(context, intakes));
  started(await startApi(context, intakes));
});
