import { startApi } from './api-role';
import { openIntakes } from './intakes';
import { startRelay } from './relay-role';
import { runProcess } from './run-process';
import { startWorker } from './worker-role';

/**
 * API, worker and relay in one process: client and worker share a connection, so a saga starts eagerly in the
 * process that took the order. The cheapest way to run; scale it by adding processes.
 */
runProcess('server', true, async (context, onBroken) => {
  const intakes = openIntakes(context);
  const worker = await startWorker(context, onBroken);
  const api = await startApi(context, intakes);
  return [api, startRelay(context, intakes), worker];
});
