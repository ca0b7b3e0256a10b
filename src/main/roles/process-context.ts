import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import pino, { type Logger } from 'pino';
import { WaitingCallers } from '../../intake/callers';
import type { BookingParties } from '../../providers/booking-parties';
import { guardedParties } from '../../providers/guarded-parties';
import { httpBookingParties } from '../../providers/http-booking-parties';
import { NO_BOOKING_PARTIES } from '../../providers/no-booking-parties';
import { openStores, type Stores } from '../../stores/stores';
import { SagaClient } from '../../temporal/saga-client';
import { connectTemporal, type TemporalConnection } from '../../temporal/temporal-connection';
import type { RoleSettings } from '../settings';

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
  /** A unique id of this process, new at every start. */
  readonly processId: string;
}

/** A part of the system that a process runs. */
export interface Role {
  readonly name: string;
  /** Stops the role after it has finished its running work. */
  stop(): Promise<void>;
}

export async function openContext(settings: RoleSettings, hasWorker: boolean): Promise<ProcessContext> {
  const logger = pino({ level: settings.logLevel });
  const temporal = await connectTemporal(settings.temporal);
  return {
    settings,
    logger,
    stores: openStores(settings.stores),
    temporal,
    sagas: new SagaClient(temporal.client, { eager: hasWorker, taskQueue: settings.taskQueue }),
    callers: new WaitingCallers(),
    parties: guardedParties(partiesAt(settings.partnersUrl), undefined, (party, isSilent) => {
      if (isSilent) logger.warn(`third party ${party} does not answer: calls to it are suspended`);
      else logger.info(`third party ${party} answers again`);
    }),
    processId: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
  };
}

/** Returns the third parties at a base URL; undefined: nobody can be asked. */
function partiesAt(url: string | undefined): BookingParties {
  return url === undefined ? NO_BOOKING_PARTIES : httpBookingParties(url);
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
