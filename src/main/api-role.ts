import { Registry } from 'prom-client';
import { createApi } from '../http/api';
import { createApiServer } from '../http/api-server';
import { FOLLOW_LIMITS, TimelineFollowers } from '../http/timeline-followers';
import type { Intakes } from '../intake/intakes';
import { sagaOperations } from '../intake/saga-operations';
import { takeUpAgain } from '../intake/taken-orders-watch';
import { operationsByKind, tripOperations } from '../intake/trip-operations';
import { startAgain, unrecordedOperations } from '../intake/unrecorded-operations';
import { sagaWitness } from '../temporal/saga-witness';
import { loadDemoData } from './demo-data';
import { close, listen } from './listening';
import { type ProcessContext, type Role, readiness } from './process-context';

const ADMIN = { caller: 'admin', scopes: ['admin'] };

/** Takes commands over HTTP and answers about them. */
export async function startApi(context: ProcessContext, intakes: Intakes): Promise<Role> {
  const { settings, stores, starters, temporal, logger } = context;
  if (settings.adminKey) await stores.apiKeys.put(settings.adminKey, ADMIN);
  if (settings.demoData) await loadDemoData(stores);
  const { ledger } = sagaWitness(temporal.client, settings.taskQueue);
  const timelines = new TimelineFollowers(stores.logs, FOLLOW_LIMITS, (store, error) => {
    logger.warn({ err: error, store }, 'a log cannot be followed');
  });
  const app = createApi({
    stores,
    intakes,
    sagas: {
      ...operationsByKind({
        orders: sagaOperations(stores, {
          finishCompensation: starters.finishCompensation,
          takeUpAgain: (order) => takeUpAgain(order, intakes),
        }),
        trips: tripOperations(stores.trips, stores.tripsReads, starters.finishTrip),
        unrecorded: unrecordedOperations(stores.unrecorded, (command) => startAgain(command, intakes)),
        isUnrecorded: async (id) => (await stores.unrecorded.command(id)) !== undefined,
      }),
      ledger,
    },
    timelines,
    isReady: () => readiness(context),
    webUi: settings.temporalUiUrl ? { address: settings.temporalUiUrl, namespace: temporal.namespace } : null,
    logger,
    metrics: new Registry(),
  });
  const server = createApiServer(app);
  await listen(server, settings.port, settings.host);
  return {
    name: 'api',
    async stop() {
      await Promise.all([close(server), timelines.stop()]);
    },
  };
}
