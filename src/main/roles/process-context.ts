import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { WaitingCallers } from '../../intake/callers';
import { ProcessMetrics } from '../../observability/process-metrics';
import type { BookingParties } from '../../providers/booking-parties';
import { guardedParties } from '../../providers/guarded-parties';
import { httpBookingParties } from '../../providers/http-booking-parties';
import { NO_BOOKING_PARTIES } from '../../providers/no-booking-parties';
import { observedParties } from '../../providers/observed-parties';
import { openStores, type Stores } from '../../stores/stores';
import { SagaClient } from '../../temporal/saga-client';
import { connectTemporal, type TemporalConnection } from '../../temporal/temporal-connection';
import type { RoleSettings } from '../settings';
import { openLogger } from './logger';
import { registerStoreMetrics } from './store-metrics';

/** The resources that the roles of one process share. */
export interface ProcessContext {
  readonly settings: RoleSettings;
  readonly logger: Logger;
  readonly stores: Stores;
  readonly temporal: TemporalConnection;
  readonly sagas: SagaClient;
  readonly parties: BookingParties;
  /** The HTTP callers of this process that wait for commands. Steps in this process wake them. */
  readonly callers: WaitingCallers;
  readonly metrics: ProcessMetrics;
  /** A unique id of this process, new at every start. */
  readonly processId: string;
}

/** A part of the system that a process runs. */
export interface Role {
  readonly name: string;
  /** Stops the role after it has finished its running work. */
  stop(): Promise<void>;
}

/** Opens the resources of a process. Every metric that the process counts or reads from its stores is registered. */
export async function openContext(
  settings: RoleSettings,
  hasWorker: boolean,
  logger: Logger = openLogger(settings.logLevel),
): Promise<ProcessContext> {
  const temporal = await connectTemporal(settings.temporal);
  const stores = openStores(settings.stores);
  const metrics = new ProcessMetrics();
  stores.orders.decided.listen((decided) => metrics.countOrders(decided));
  stores.trips.decided.listen((trip) => metrics.countTrip(trip));
  stores.inventoryFeed.fed.listen((rows) => metrics.countFed(rows));
  registerStoreMetrics(metrics.registry, { stores, logger });
  return {
    settings,
    logger,
    stores,
    metrics,
    temporal,
    sagas: new SagaClient(temporal.client, { eager: hasWorker, taskQueue: settings.taskQueue }),
    callers: new WaitingCallers(),
    parties: partiesOf(settings, metrics, logger),
    processId: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
  };
}

/** Returns the third parties of the settings; without an address no third party can be called. */
function partiesOf(
  { partnersUrl, partyCredentials }: RoleSettings,
  metrics: ProcessMetrics,
  logger: Logger,
): BookingParties {
  if (partnersUrl === undefined) return NO_BOOKING_PARTIES;
  const clients = httpBookingParties(partnersUrl, undefined, partyCredentials);
  const called = observedParties(clients, (party, call, result, seconds) => {
    metrics.observePartnerCall(party, call, result, seconds);
    if (result === 'denied')
      logger.error({ party, call }, 'a third party does not accept the credentials of Holdfast');
  });
  return guardedParties(called, undefined, (party, isSilent) => {
    metrics.showSuspended(party, isSilent);
    if (isSilent) logger.warn({ party }, 'a third party does not answer: calls to it are suspended');
    else logger.info({ party }, 'a third party answers again');
  });
}

export async function closeContext({ stores, temporal }: ProcessContext): Promise<void> {
  await stores.close();
  await temporal.close();
}

/** Reports if the stores and Temporal are reachable. A process that misses one of them is not ready for work. */
export async function readiness({ stores, temporal, logger }: ProcessContext) {
  const isThere = (name: string, ping: () => Promise<void>) =>
    ping().then(
      () => true,
      (error: unknown) => {
        logger.warn({ err: error }, `${name} cannot be reached`);
        return false;
      },
    );
  const [hasStores, hasTemporal] = await Promise.all([
    isThere('a store', () => stores.ping()),
    isThere('Temporal', () => temporal.ping()),
  ]);
  return { stores: hasStores, temporal: hasTemporal };
}
