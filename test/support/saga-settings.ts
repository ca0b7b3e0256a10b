import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { USUAL_DEADLINES } from '../../activities/step-deps';
import type { RoleSettings } from '../../src/main/settings';

/** An address without a listener: a test of partners starts its own. */
const NOBODY = 'http://127.0.0.1:1/parties';

/** The settings of a test; its third parties have an address, which may have no listener. */
export type FixtureSettings = RoleSettings & { readonly partnersUrl: string };

export function settingsFor(databaseUrl: string, taskQueue: string, partnersUrl = NOBODY): FixtureSettings {
  return {
    host: '127.0.0.1',
    port: 0,
    relayPort: 0,
    workerPort: 0,
    adminKey: undefined,
    taskQueue,
    logLevel: 'silent',
    partnersUrl,
    hasTraces: false,
    partyCredentials: {},
    temporalUiUrl: undefined,
    stores: { orders: databaseUrl, inventory: databaseUrl, credit: databaseUrl },
    temporalMetricsPort: undefined,
    temporal: { address: process.env.TEMPORAL_ADDRESS ?? '', namespace: 'default', payloadKeys: [] },
    deadlines: USUAL_DEADLINES,
    maxShipments: null,
    mostOpenCommands: 20_000,
    partnerPatienceMs: 5_000,
    retryNodeSeconds: 900,
    keptDays: { answers: 30, deliveries: 30, staleCounts: 90 },
    mail: undefined,
    channels: [],
    webhooksAllow: [],
    signIn: undefined,
    workerVersion: undefined,
  };
}

let isQuiet = false;

/** Silences the SDK's log: these tests fail attempts on purpose. */
export function quietRuntime(): void {
  if (!isQuiet) {
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
    });
  }
  isQuiet = true;
}
