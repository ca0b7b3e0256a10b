import { pino } from 'pino';
import { Registry } from 'prom-client';
import { USUAL_DEADLINES } from '../../../activities/step-deps';
import { holdSteps } from '../../../activities/stock-steps';
import { connect, type Holdfast } from '../../../client/holdfast-client';
import type { ReservationOutcome, ReserveInventory } from '../../../src/contracts/commands';
import { AddressGuard } from '../../../src/events/webhooks/address-guard';
import { createApi } from '../../../src/http/api';
import type { ApiDependencies } from '../../../src/http/api-dependencies';
import { createApiServer } from '../../../src/http/api-server';
import { EventWaits } from '../../../src/http/event-feed/event-waits';
import { FOLLOW_LIMITS, TimelineFollowers } from '../../../src/http/orders/timeline-followers';
import { WaitingCallers } from '../../../src/intake/callers';
import { type CarryBatch, Intake, type IntakeLimits } from '../../../src/intake/intake';
import { commandIntakes, type Intakes } from '../../../src/intake/intakes';
import { pageFolder } from '../../../src/main/project-root';
import { openStores, type Stores } from '../../../src/stores/stores';
import { decodeJson } from '../../../src/temporal/payload-json';
import type { SagaStart, StartedSaga } from '../../../src/temporal/saga-client';
import { runDirect } from '../../support/direct-saga';
import { createTestDatabase } from '../../support/test-database';
import { carryTrip, type PlayedParties } from './recorded-trips';

/** The part of Temporal that a test replaces. */
export interface Stand {
  /** `never`: sagas are started and do not run. `direct`: they run in this process, without Temporal. */
  sagas: 'never' | 'direct' | 'unavailable';
  /** The behaviour of the parties of trips; by default they book. */
  parties: PlayedParties;
  /** Carries reservations; by default runs their step at once. */
  carryReservations: CarryBatch<ReserveInventory, ReservationOutcome>;
  /** The started workflows. */
  readonly started: SagaStart[];
  isFull: boolean;
  ready: boolean;
}

export interface ApiUnderTest {
  readonly url: string;
  readonly databaseUrl: string;
  readonly stores: Stores;
  readonly stand: Stand;
  readonly deps: ApiDependencies;
  /** The client, with the admin key. */
  readonly holdfast: Holdfast;
  /** Calls with the admin key and a JSON body. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export const ADMIN_KEY = 'hf_admin_of_the_tests';
const LIMITS: IntakeLimits = {
  batchSize: 50,
  batchWeight: 1_500,
  slots: 2,
  patienceMs: 250,
  slotTimeoutMs: 1_000,
  quietMs: 1,
  queue: 100,
};

/**
 * Starts the API on a socket, over the real stores in a database of its own; only Temporal is replaced.
 * @param port 0: any free one
 */
export async function startApi(changes: Partial<ApiDependencies> = {}, port = 0): Promise<ApiUnderTest> {
  const database = await createTestDatabase();
  const stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  await stores.apiKeys.put(ADMIN_KEY, { caller: 'tester', scopes: ['admin'] });
  const stand = idleStand(stores);
  const deps: ApiDependencies = { ...dependencies(changes.stores ?? stores, stand), ...changes };
  const server = createApiServer(createApi(deps));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    databaseUrl: database.url,
    holdfast: connect({ url, key: ADMIN_KEY }),
    stores,
    stand,
    deps,
    call: (method, path, body, headers) => call(url, method, path, body, headers),
    async close() {
      server.closeAllConnections();
      await Promise.all([deps.timelines.stop(), deps.eventWaits.stop()]);
      await new Promise((resolve) => server.close(resolve));
      await stores.close();
      await database.drop();
    },
  };
}

function idleStand(stores: Stores): Stand {
  return {
    sagas: 'never',
    parties: {},
    carryReservations: async (commands) => ({
      answers: await holdSteps({ stores, maxShipments: null }).holdStock(commands),
      ended: Promise.resolve(),
    }),
    started: [],
    isFull: false,
    ready: true,
  };
}

function dependencies(stores: Stores, stand: Stand): ApiDependencies {
  return {
    stores,
    availability: stores.availability,
    intakes: playedIntakes(stores, stand),
    callers: new WaitingCallers(),
    openCommands: { isFull: () => stand.isFull },
    timelines: new TimelineFollowers(stores.logs, FOLLOW_LIMITS, () => undefined),
    refusedWebhookUrl: (url) => new AddressGuard(['127.0.0.0/8']).refusal(url),
    eventWaits: new EventWaits(stores.logs),
    isReady: async () => ({ temporal: stand.ready, stores: true }),
    decodePayloads: (payloads) => decodeJson([], payloads),
    webUi: { address: 'http://127.0.0.1:8233', namespace: 'default' },
    signIn: null,
    pageFolder: pageFolder(),
    logger: pino({ level: 'silent' }),
    metrics: new Registry(),
  };
}

/** Returns intakes with real records, and sagas as the stand runs them. */
function playedIntakes(stores: Stores, stand: Stand): Intakes {
  const carrying = {
    sagas: { start: (start: SagaStart) => played(stores, stand, start) },
    cache: stores.commandCache,
    onUnconfirmed: () => undefined,
    onBatch: () => undefined,
  };
  return {
    ...commandIntakes({ stores, deadlines: USUAL_DEADLINES }, carrying, LIMITS),
    reserve: new Intake((commands) => stand.carryReservations(commands), LIMITS),
  };
}

async function played(stores: Stores, stand: Stand, start: SagaStart): Promise<StartedSaga> {
  stand.started.push(start);
  if (stand.sagas === 'unavailable') throw new Error('Temporal is played to be unavailable');
  if (stand.sagas === 'never') return { ended: new Promise(() => undefined) };
  const { members } = start.input as { readonly members: readonly { readonly id: string }[] };
  const rows = [...(await stores.commands.commands(members.map(({ id }) => id))).values()];
  const [first] = rows;
  if (first?.kind === 'trip') return { ended: carryTrip(stores, first, stand.parties) };
  return { ended: runDirect(stores, rows) };
}

async function call(
  url: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Bearer ${ADMIN_KEY}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}
