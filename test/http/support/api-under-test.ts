import { pino } from 'pino';
import { Registry } from 'prom-client';
import type {
  CommandOutcome,
  CreateOrder,
  OnOrder,
  OrderOutcome,
  ReservationOutcome,
  ReserveInventory,
} from '../../../src/contracts/commands';
import type { BookTrip, TripOutcome } from '../../../src/contracts/trips';
import { createApi } from '../../../src/http/api';
import type { ApiDependencies } from '../../../src/http/api-dependencies';
import { createApiServer } from '../../../src/http/api-server';
import { FOLLOW_LIMITS, TimelineFollowers } from '../../../src/http/timeline-followers';
import { Intake, type IntakeLimits, type StartSaga } from '../../../src/intake/intake';
import type { OperationAnswer } from '../../../src/intake/saga-operations';
import { openStores, type Stores } from '../../../src/stores/stores';
import { createTestDatabase } from '../../support/test-database';

/** What a test replaces: how sagas start, and what operators get. */
export interface Stand {
  startOrders: StartSaga<CreateOrder, OrderOutcome>;
  startReservations: StartSaga<ReserveInventory, ReservationOutcome>;
  startTrips: StartSaga<BookTrip, TripOutcome>;
  startChanges: StartSaga<OnOrder, CommandOutcome>;
  operator: OperationAnswer;
  /** What operators have asked for. */
  told: string[][];
  ledger: unknown;
  ready: boolean;
}

export interface ApiUnderTest {
  readonly url: string;
  readonly databaseUrl: string;
  readonly stores: Stores;
  readonly stand: Stand;
  readonly deps: ApiDependencies;
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
  setSize: 50,
  setWeight: 1_500,
  slots: 2,
  patienceMs: 250,
  slotTimeoutMs: 2_000,
  quietMs: 1,
  queue: 100,
};

/** The API on a socket, over the real stores in a database of its own; only Temporal is played. */
export async function startApi(changes: Partial<ApiDependencies> = {}): Promise<ApiUnderTest> {
  const database = await createTestDatabase();
  const stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  await stores.apiKeys.put(ADMIN_KEY, { caller: 'tester', scopes: ['admin'] });
  const stand = idleStand();
  const deps: ApiDependencies = { ...dependencies(changes.stores ?? stores, stand), ...changes };
  const server = createApiServer(createApi(deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    databaseUrl: database.url,
    stores,
    stand,
    deps,
    call: (method, path, body, headers) => call(url, method, path, body, headers),
    async close() {
      server.closeAllConnections();
      await deps.timelines.stop();
      await new Promise((resolve) => server.close(resolve));
      await stores.close();
      await database.drop();
    },
  };
}

function idleStand(): Stand {
  const never = () => new Promise<never>(() => undefined);
  return {
    startOrders: async () => ({ outcomes: never() }),
    startReservations: async () => ({ outcomes: never() }),
    startTrips: async () => ({ outcomes: never() }),
    startChanges: async () => ({ outcomes: never() }),
    operator: { kind: 'not-stuck', compensation: 'none' },
    told: [],
    ledger: { counts: {} },
    ready: true,
  };
}

function dependencies(stores: Stores, stand: Stand): ApiDependencies {
  return {
    stores,
    intakes: {
      orders: new Intake((commands) => stand.startOrders(commands), LIMITS),
      reservations: new Intake((commands) => stand.startReservations(commands), LIMITS),
      ...changeIntakes(stand),
      trips: new Intake((commands) => stand.startTrips(commands), { ...LIMITS, setSize: 1 }),
    },
    sagas: {
      retry: async (...asked) => {
        stand.told.push(['retry', ...asked]);
        return stand.operator;
      },
      resolve: async (...asked) => {
        stand.told.push(['resolve', ...asked]);
        return stand.operator;
      },
      ledger: async () => stand.ledger,
    },
    timelines: new TimelineFollowers(stores.logs, FOLLOW_LIMITS, () => undefined),
    isReady: async () => ({ temporal: stand.ready, stores: true }),
    webUi: { address: 'http://127.0.0.1:8233', namespace: 'default' },
    logger: pino({ level: 'silent' }),
    metrics: new Registry(),
  };
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

function changeIntakes(
  stand: Stand,
): Pick<
  ApiDependencies['intakes'],
  'accepts' | 'rejections' | 'ships' | 'deliveries' | 'cancels' | 'revisions'
> {
  const make = <C extends OnOrder>() =>
    new Intake<C, CommandOutcome>((commands) => stand.startChanges(commands), LIMITS);
  return {
    accepts: make(),
    rejections: make(),
    ships: make(),
    deliveries: make(),
    cancels: make(),
    revisions: make(),
  };
}
