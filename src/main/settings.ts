import path from 'node:path';
import { z } from 'zod';
import { USUAL_DEADLINES } from '../../activities/step-deps';
import type { Deadlines } from '../domain/order/order';
import type { StoreUrls } from '../stores/stores';
import type { WorkerVersion } from '../temporal/saga-worker';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

interface SharedSettings {
  readonly host: string;
  readonly port: number;
  /** The probe ports of the roles without the API. */
  readonly relayPort: number;
  readonly workerPort: number;
  readonly adminKey: string | undefined;
  readonly temporalNamespace: string;
  /** The task queue of sagas and their workers. Each installation in one namespace needs its own. */
  readonly taskQueue: string;
  readonly logLevel: LogLevel;
}

/** The settings of `npm start`. It starts every dependency that they do not name. */
export interface LocalSettings extends SharedSettings {
  readonly dataFolder: string;
  readonly postgresPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly simulatorPort: number;
  /** If set, `npm start` uses this database and starts none. */
  readonly databaseUrl: string | undefined;
  readonly inventoryDatabaseUrl: string | undefined;
  readonly creditDatabaseUrl: string | undefined;
  /** If set, `npm start` uses this Temporal and starts none. */
  readonly temporalAddress: string | undefined;
  /** If set, `npm start` uses these third parties and starts no simulator. */
  readonly partnersUrl: string | undefined;
}

/** The settings of a role. Its database and its Temporal must exist. */
export interface RoleSettings extends SharedSettings {
  readonly stores: StoreUrls;
  readonly temporalAddress: string;
  /** The address of the Temporal Web UI, for links in answers. */
  readonly temporalUiUrl: string | undefined;
  /** The base URL of the third parties; each has its name as the next path segment. */
  readonly partnersUrl: string;
  /** The deadlines to accept, to ship and to source units elsewhere. */
  readonly deadlines: Deadlines;
  /** The number of open commands at which new orders and trips are refused. */
  readonly mostOpenCommands: number;
  /** The time, in ms, after which an unconfirmed cancellation needs an operator. */
  readonly partnerPatienceMs: number;
  /** The code version of this process's worker; undefined for no worker versioning. */
  readonly workerVersion: WorkerVersion | undefined;
  /** True to load the demo catalogue, credit customers and stock at the start. */
  readonly demoData: boolean;
}

/** An invalid or missing environment variable. The message is one line that names it, ready to print. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const portNumber = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port >= 1 && port <= 65_535);
const postgresUrl = z
  .string()
  .refine((url) => URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol));

const seconds = z
  .string()
  .regex(/^[1-9]\d{0,7}$/)
  .transform(Number)
  .refine((value) => value <= 366 * 86_400);

const hostName = { rule: z.string().regex(/^[\w.:-]+$/), expected: 'a host name or an IP address' };

const LOOPBACK = '127.0.0.1';
/** At 500 orders/s this backlog is worked off in 40 s. */
const USUAL_MOST_OPEN = 20_000;
const USUAL_PATIENCE_SECONDS = 300;

/** The rule of each variable. `expected` completes the sentence "X must be ...". */
const VARIABLES = {
  HOLDFAST_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_HOST: hostName,
  HOLDFAST_SIMULATOR_HOST: hostName,
  HOLDFAST_DATA: { rule: z.string(), expected: 'a folder' },
  HOLDFAST_ADMIN_KEY: { rule: z.string().regex(/^[!-~]+$/), expected: 'printable ASCII without spaces' },
  HOLDFAST_POSTGRES_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_TEMPORAL_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_TEMPORAL_UI_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_RELAY_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_WORKER_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_SIMULATOR_PORT: { rule: portNumber, expected: 'a port number from 1 to 65535' },
  HOLDFAST_PARTNERS_URL: {
    rule: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
    expected: 'an http:// URL',
  },
  HOLDFAST_ACCEPT_SECONDS: { rule: seconds, expected: 'a whole number of seconds, at most a year' },
  HOLDFAST_SHIP_SECONDS: { rule: seconds, expected: 'a whole number of seconds, at most a year' },
  HOLDFAST_SOURCING_SECONDS: { rule: seconds, expected: 'a whole number of seconds, at most a year' },
  HOLDFAST_PARTNER_PATIENCE_SECONDS: { rule: seconds, expected: 'a whole number of seconds, at most a year' },
  HOLDFAST_MOST_OPEN: {
    rule: z
      .string()
      .regex(/^[1-9]\d{0,6}$/)
      .transform(Number),
    expected: 'a whole number of open commands, from 1 to 9999999',
  },
  HOLDFAST_LOG_LEVEL: {
    rule: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    expected: 'fatal, error, warn, info, debug, trace or silent',
  },
  HOLDFAST_DEMO_DATA: { rule: z.enum(['0', '1']), expected: '0 or 1' },
  DATABASE_URL: {
    rule: postgresUrl,
    expected: 'a URL such as postgresql://user:password@host:5432/holdfast',
  },
  INVENTORY_DATABASE_URL: { rule: postgresUrl, expected: 'a postgresql:// URL' },
  CREDIT_DATABASE_URL: { rule: postgresUrl, expected: 'a postgresql:// URL' },
  TEMPORAL_ADDRESS: { rule: z.string().regex(/^[^\s:/]+:\d{1,5}$/), expected: 'host:port' },
  TEMPORAL_UI_URL: { rule: z.url({ protocol: /^https?$/ }), expected: 'an http:// URL' },
  // Temporal joins deployment name and build id with a dot, so the name must not contain one.
  HOLDFAST_DEPLOYMENT: {
    rule: z.string().regex(/^[\w-]{1,100}$/),
    expected: 'a name of letters, digits, _ and -',
  },
  HOLDFAST_BUILD_ID: {
    rule: z.string().regex(/^[\w.-]{1,100}$/),
    expected: 'a name of letters, digits, ., _ and -, such as a commit',
  },
  HOLDFAST_TASK_QUEUE: { rule: z.string().regex(/^[\w.-]+$/), expected: 'the name of a task queue' },
  TEMPORAL_NAMESPACE: { rule: z.string().regex(/^[\w.-]+$/), expected: 'the name of a namespace' },
} as const;

type Variable = keyof typeof VARIABLES;
type ValueOf<V extends Variable> = z.output<(typeof VARIABLES)[V]['rule']>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of `npm start` from the environment.
 * @throws SettingsError that names the first invalid variable
 */
export function readLocalSettings(environment: Environment = process.env): LocalSettings {
  const settings: LocalSettings = {
    ...readShared(environment),
    dataFolder: path.resolve(optional(environment, 'HOLDFAST_DATA') ?? '.holdfast'),
    postgresPort: optional(environment, 'HOLDFAST_POSTGRES_PORT') ?? 5433,
    temporalPort: optional(environment, 'HOLDFAST_TEMPORAL_PORT') ?? 7233,
    temporalUiPort: optional(environment, 'HOLDFAST_TEMPORAL_UI_PORT') ?? 8233,
    databaseUrl: optional(environment, 'DATABASE_URL'),
    inventoryDatabaseUrl: optional(environment, 'INVENTORY_DATABASE_URL'),
    creditDatabaseUrl: optional(environment, 'CREDIT_DATABASE_URL'),
    temporalAddress: optional(environment, 'TEMPORAL_ADDRESS'),
    simulatorPort: readSimulatorPort(environment),
    partnersUrl: optional(environment, 'HOLDFAST_PARTNERS_URL'),
  };
  refuseSharedPorts(settings);
  return settings;
}

/**
 * Reads the settings of a role (api, worker, relay or all of them in one process) from the environment.
 * @throws SettingsError that names the first missing or invalid variable
 */
export function readRoleSettings(environment: Environment = process.env): RoleSettings {
  return {
    ...readShared(environment),
    stores: readStoreUrls(environment),
    temporalAddress: required(environment, 'TEMPORAL_ADDRESS'),
    temporalUiUrl: optional(environment, 'TEMPORAL_UI_URL'),
    partnersUrl:
      optional(environment, 'HOLDFAST_PARTNERS_URL') ?? simulatedPartners(readSimulatorPort(environment)),
    deadlines: {
      ...USUAL_DEADLINES,
      acceptSeconds: optional(environment, 'HOLDFAST_ACCEPT_SECONDS') ?? USUAL_DEADLINES.acceptSeconds,
      shipSeconds: optional(environment, 'HOLDFAST_SHIP_SECONDS') ?? USUAL_DEADLINES.shipSeconds,
      sourcingSeconds: optional(environment, 'HOLDFAST_SOURCING_SECONDS') ?? USUAL_DEADLINES.sourcingSeconds,
    },
    mostOpenCommands: optional(environment, 'HOLDFAST_MOST_OPEN') ?? USUAL_MOST_OPEN,
    partnerPatienceMs:
      1_000 * (optional(environment, 'HOLDFAST_PARTNER_PATIENCE_SECONDS') ?? USUAL_PATIENCE_SECONDS),
    workerVersion: readWorkerVersion(environment),
    demoData: optional(environment, 'HOLDFAST_DEMO_DATA') === '1',
  };
}

function readWorkerVersion(environment: Environment): WorkerVersion | undefined {
  const buildId = optional(environment, 'HOLDFAST_BUILD_ID');
  const deploymentName = optional(environment, 'HOLDFAST_DEPLOYMENT') ?? 'holdfast';
  return buildId === undefined ? undefined : { deploymentName, buildId };
}

/** Reads the address of the simulator. @throws SettingsError when host or port is invalid */
export function readSimulatorAddress(environment: Environment = process.env) {
  // Not HOLDFAST_HOST: an API that is open to other machines must not open the simulator to them.
  return {
    host: optional(environment, 'HOLDFAST_SIMULATOR_HOST') ?? LOOPBACK,
    port: readSimulatorPort(environment),
  };
}

function readSimulatorPort(environment: Environment): number {
  return optional(environment, 'HOLDFAST_SIMULATOR_PORT') ?? 3001;
}

/** Returns the base URL of the simulated third parties on this machine. */
export function simulatedPartners(simulatorPort: number): string {
  return `http://${LOOPBACK}:${simulatorPort}/parties`;
}

/**
 * Reads the URLs of the stores alone, for programs that need no other setting, such as the migrations.
 * @throws SettingsError that names the first missing or invalid variable
 */
export function readStoreUrls(environment: Environment = process.env): StoreUrls {
  const orders = required(environment, 'DATABASE_URL');
  return {
    orders,
    inventory: optional(environment, 'INVENTORY_DATABASE_URL') ?? orders,
    credit: optional(environment, 'CREDIT_DATABASE_URL') ?? orders,
  };
}

function readShared(environment: Environment): SharedSettings {
  return {
    host: optional(environment, 'HOLDFAST_HOST') ?? LOOPBACK,
    port: optional(environment, 'HOLDFAST_PORT') ?? 3000,
    relayPort: optional(environment, 'HOLDFAST_RELAY_PORT') ?? 3002,
    workerPort: optional(environment, 'HOLDFAST_WORKER_PORT') ?? 3003,
    adminKey: optional(environment, 'HOLDFAST_ADMIN_KEY'),
    temporalNamespace: optional(environment, 'TEMPORAL_NAMESPACE') ?? 'default',
    taskQueue: optional(environment, 'HOLDFAST_TASK_QUEUE') ?? 'holdfast',
    logLevel: optional(environment, 'HOLDFAST_LOG_LEVEL') ?? 'info',
  };
}

/** Reads a variable. An empty value counts as unset: compose files and shells pass it for an absent variable. */
function optional<V extends Variable>(environment: Environment, variable: V): ValueOf<V> | undefined {
  const value = environment[variable];
  if (value === undefined || value === '') return undefined;
  const { rule, expected } = VARIABLES[variable];
  const parsed = rule.safeParse(value);
  if (parsed.success) return parsed.data as ValueOf<V>;
  throw new SettingsError(`${variable} must be ${expected}, but is ${withoutSecret(variable, value)}`);
}

function required<V extends Variable>(environment: Environment, variable: V): ValueOf<V> {
  const value = optional(environment, variable);
  if (value === undefined)
    throw new SettingsError(`${variable} is required: ${VARIABLES[variable].expected}`);
  return value;
}

/** Hides values that contain secrets, such as keys and database URLs, because error messages end up in logs. */
function withoutSecret(variable: Variable, value: string): string {
  const secret = variable === 'HOLDFAST_ADMIN_KEY' || variable.endsWith('DATABASE_URL');
  return secret ? 'something else' : JSON.stringify(value.slice(0, 80));
}

function refuseSharedPorts(settings: LocalSettings): void {
  const ports: ReadonlyArray<readonly [Variable, number]> = [
    ['HOLDFAST_PORT', settings.port],
    ['HOLDFAST_POSTGRES_PORT', settings.postgresPort],
    ['HOLDFAST_TEMPORAL_PORT', settings.temporalPort],
    ['HOLDFAST_TEMPORAL_UI_PORT', settings.temporalUiPort],
    ['HOLDFAST_SIMULATOR_PORT', settings.simulatorPort],
  ];
  for (const [index, [variable, port]] of ports.entries()) {
    const twin = ports.slice(index + 1).find(([, other]) => other === port);
    if (twin)
      throw new SettingsError(`${variable} and ${twin[0]} are both ${port}: each needs a port of its own`);
  }
}
