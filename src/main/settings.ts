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
  /** Probe ports of the roles that serve no API. */
  readonly relayPort: number;
  readonly workerPort: number;
  readonly adminKey: string | undefined;
  readonly temporalNamespace: string;
  /** Workers poll it and sagas are started on it; two installations in one namespace need one each. */
  readonly taskQueue: string;
  readonly logLevel: LogLevel;
}

/** What `npm start` needs: whatever it is not given, it starts by itself. */
export interface LocalSettings extends SharedSettings {
  readonly dataFolder: string;
  readonly postgresPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly simulatorPort: number;
  /** Set: use this database instead of starting one. */
  readonly databaseUrl: string | undefined;
  readonly inventoryDatabaseUrl: string | undefined;
  readonly creditDatabaseUrl: string | undefined;
  /** Set: use this Temporal instead of starting one. */
  readonly temporalAddress: string | undefined;
  /** Set: these are the third parties, and no simulator is started. */
  readonly partnersUrl: string | undefined;
}

/** What a role needs: its database and its Temporal exist already. */
export interface RoleSettings extends SharedSettings {
  readonly stores: StoreUrls;
  readonly temporalAddress: string;
  /** Where people look at sagas, for links in answers. */
  readonly temporalUiUrl: string | undefined;
  /** Where partners take bookings, each under its name. */
  readonly partnersUrl: string;
  /** How long nodes have to accept and to send. */
  readonly deadlines: Deadlines;
  /** Open commands past which new orders and trips are turned away. */
  readonly mostOpenCommands: number;
  /** How long third parties may leave a cancellation unconfirmed before an operator is told. */
  readonly partnerPatienceMs: number;
  /** Which code this process's worker runs; undefined: workers are not told apart by it. */
  readonly workerVersion: WorkerVersion | undefined;
  /** Load the demo catalogue, credit customers and stock at the start, once. */
  readonly demoData: boolean;
}

/** A variable has a value that cannot work. The message names it and is one line, fit to print as it is. */
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
/** At 500 orders/s these are done in 40 s once what kept them is over. */
const USUAL_MOST_OPEN = 20_000;
const USUAL_PATIENCE_SECONDS = 300;

/** What each variable may be; `expected` completes the sentence "X must be ...". */
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
  // Temporal puts a dot between the two.
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
 * Settings of `npm start`, from the environment.
 * @throws SettingsError naming the first variable that cannot work
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
 * Settings of a role (api, worker, relay or all of them in one process), from the environment.
 * @throws SettingsError naming the first variable that is missing or cannot work
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

/** Where the simulator listens. @throws SettingsError where that is no host or no port */
export function readSimulatorAddress(environment: Environment = process.env) {
  // Not HOLDFAST_HOST: whoever opens the API to others does not mean to open this to them.
  return {
    host: optional(environment, 'HOLDFAST_SIMULATOR_HOST') ?? LOOPBACK,
    port: readSimulatorPort(environment),
  };
}

function readSimulatorPort(environment: Environment): number {
  return optional(environment, 'HOLDFAST_SIMULATOR_PORT') ?? 3001;
}

/** Where the simulator on this machine has its partners. */
export function simulatedPartners(simulatorPort: number): string {
  return `http://${LOOPBACK}:${simulatorPort}/parties`;
}

/**
 * The databases alone, for what needs nothing else (migrations, keys).
 * @throws SettingsError naming the first variable that is missing or cannot work
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

/** An empty value counts as unset: that is what compose files and shells pass for a variable left out. */
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

/** Keys and URLs carry secrets, and an error line ends up in logs. */
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
