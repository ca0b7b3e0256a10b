import { dueHoldsWatch } from '../intake/due-holds-watch';
import type { Intakes } from '../intake/intakes';
import { lostSagasWatch } from '../intake/lost-sagas-watch';
import { keepWatch, type WatchOptions } from '../intake/watch';
import { sagaWitness } from '../temporal/saga-witness';
import { openIntakes } from './intakes';
import type { ProcessContext, Role } from './process-context';

/** Watches the clock for due rows and for sagas that were lost, and starts the sagas that act. */
export function startRelay(context: ProcessContext, intakes: Intakes = openIntakes(context.starters)): Role {
  const { stores, starters, logger, processId: owner } = context;
  const stopping = new AbortController();
  const options: WatchOptions = {
    leases: stores.leases,
    owner,
    signal: stopping.signal,
    onError: (watch, error) => logger.error({ err: error, watch }, 'a watch could not look'),
  };
  const watches = [
    dueHoldsWatch(stores.inventoryReads, starters.expireReservations),
    lostSagasWatch({
      reads: stores.ordersReads,
      witness: sagaWitness(context.temporal.client, context.settings.taskQueue),
      reclaim: starters.finishCompensation,
      startAgain: (command) => {
        intakes.orders.submit(command);
      },
    }),
  ];
  const kept = watches.map((watch) => keepWatch(watch, options));
  return {
    name: 'relay',
    async stop() {
      stopping.abort();
      await Promise.all(kept);
    },
  };
}
