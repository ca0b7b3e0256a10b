import { USUAL_DEADLINES } from '../../activities/step-deps';
import type { Deadlines } from '../domain/order/order';
import type { PartyCredentials } from '../providers/party-credentials';
import type { MailSettings } from '../providers/smtp-mailer';
import type { StoreUrls } from '../stores/stores';
import type { WorkerVersion } from '../temporal/saga-worker';
import type { TemporalSettings } from '../temporal/temporal-connection';
import { readPartyCredentials } from './party-credentials';
import { type OidcSettings, readSignIn } from './sign-in-settings';
import { readTemporal } from './temporal-settings';
import { unknownVariable } from './unknown-variables';
import { type Environment, optional, required, SettingsError, usual } from './variable-reading';
import type { ValueOf } from './variables';

export type LogLevel = ValueOf<'HOLDFAST_LOG_LEVEL'>;

/** The settings of every process. */
export interface SharedSettings {
  readonly host: string;
  readonly port: number;
  /** The probe ports of the roles without the API. */
  readonly relayPort: number;
  readonly workerPort: number;
  readonly adminKey: string | undefined;
  /** The task queue of sagas and their workers. Each installation in one namespace needs its own. */
  readonly taskQueue: string;
  readonly logLevel: LogLevel;
}

/** The days for which rows that are not the record are kept. */
export interface KeptDays {
  /** Stored answers, from the close of their command. */
  readonly answers: number;
  /** Deliveries to webhooks, from their last attempt. */
  readonly deliveries: number;
  readonly staleCounts: number;
}

/** The settings of a role. Its database and its Temporal must exist. */
export interface RoleSettings extends SharedSettings {
  readonly stores: StoreUrls;
  readonly temporal: TemporalSettings;
  /** The port at which Temporal's SDK serves its own metrics; undefined: it does not. */
  readonly temporalMetricsPort: number | undefined;
  /** True when there is a collector of traces. The SDK of OpenTelemetry reads its address itself. */
  readonly hasTraces: boolean;
  /** The address of the Temporal Web UI, for links in answers. */
  readonly temporalUiUrl: string | undefined;
  /**
   * The base URL of the third parties; each has its name as the next path segment. Undefined: no third party can be
   * called.
   */
  readonly partnersUrl: string | undefined;
  /** The credentials at third parties, by party; one without gets none. */
  readonly partyCredentials: Readonly<Record<string, PartyCredentials>>;
  /** The deadlines to accept, to ship and to source units elsewhere. */
  readonly deadlines: Deadlines;
  /** The most shipments of an order that has no limit of its own; null for no limit. */
  readonly maxShipments: number | null;
  /** The number of open commands at which new orders and trips are refused. */
  readonly mostOpenCommands: number;
  /** The time, in ms, after which an unconfirmed cancellation needs an operator. */
  readonly partnerPatienceMs: number;
  /** How long a node is left out after a first refusal that says nothing of its stock, in seconds. */
  readonly retryNodeSeconds: number;
  readonly keptDays: KeptDays;
  /** The mail server and the sender of mail to customers; undefined: no mail is sent. */
  readonly mail: MailSettings | undefined;
  /** The message brokers that get every event, at most one of a kind. */
  readonly channels: ValueOf<'HOLDFAST_CHANNELS'>;
  /** The CIDR ranges that webhooks may reach besides public addresses. */
  readonly webhooksAllow: ValueOf<'HOLDFAST_WEBHOOKS_ALLOW'>;
  /** The issuer of tokens and the sign-in to the operator's page; undefined: API keys only. */
  readonly signIn: OidcSettings | undefined;
  /** The code version of this process's worker; undefined for no worker versioning. */
  readonly workerVersion: WorkerVersion | undefined;
}

/**
 * Reads the settings of a role (api, worker, relay or all of them in one process) from the environment.
 * @throws SettingsError that names the first missing or invalid variable
 */
export function readRoleSettings(environment: Environment = process.env): RoleSettings {
  return {
    ...readShared(environment),
    stores: readStoreUrls(environment),
    temporal: readTemporal(environment),
    temporalMetricsPort: optional(environment, 'HOLDFAST_TEMPORAL_METRICS_PORT'),
    hasTraces: hasTraces(environment),
    temporalUiUrl: optional(environment, 'TEMPORAL_UI_URL'),
    partnersUrl: optional(environment, 'HOLDFAST_PARTNERS_URL'),
    partyCredentials: readPartyCredentials(environment),
    deadlines: {
      ...USUAL_DEADLINES,
      acceptSeconds: usual(environment, 'HOLDFAST_ACCEPT_SECONDS'),
      shipSeconds: usual(environment, 'HOLDFAST_SHIP_SECONDS'),
      sourcingSeconds: usual(environment, 'HOLDFAST_SOURCING_SECONDS'),
    },
    maxShipments: optional(environment, 'HOLDFAST_MAX_SHIPMENTS') ?? null,
    mostOpenCommands: usual(environment, 'HOLDFAST_MOST_OPEN'),
    partnerPatienceMs: 1_000 * usual(environment, 'HOLDFAST_PARTNER_PATIENCE_SECONDS'),
    retryNodeSeconds: usual(environment, 'HOLDFAST_RETRY_NODE_SECONDS'),
    keptDays: {
      answers: usual(environment, 'HOLDFAST_KEEP_ANSWERS_DAYS'),
      deliveries: usual(environment, 'HOLDFAST_KEEP_DELIVERIES_DAYS'),
      staleCounts: usual(environment, 'HOLDFAST_KEEP_STALE_COUNTS_DAYS'),
    },
    mail: readMail(environment),
    channels: optional(environment, 'HOLDFAST_CHANNELS') ?? [],
    webhooksAllow: optional(environment, 'HOLDFAST_WEBHOOKS_ALLOW') ?? [],
    signIn: readSignIn(environment),
    workerVersion: readWorkerVersion(environment),
  };
}

function hasTraces(environment: Environment): boolean {
  const ofAll = optional(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const ofTraces = optional(environment, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  return ofAll !== undefined || ofTraces !== undefined;
}

function readMail(environment: Environment): MailSettings | undefined {
  const url = optional(environment, 'HOLDFAST_SMTP_URL');
  return url === undefined ? undefined : { url, from: usual(environment, 'HOLDFAST_MAIL_FROM') };
}

function readWorkerVersion(environment: Environment): WorkerVersion | undefined {
  const buildId = optional(environment, 'HOLDFAST_BUILD_ID');
  const deploymentName = usual(environment, 'HOLDFAST_DEPLOYMENT');
  return buildId === undefined ? undefined : { deploymentName, buildId };
}

/** Reads the address and the key of the API that the command line asks. @throws SettingsError without a key */
export function readApiAddress(environment: Environment = process.env) {
  return { url: usual(environment, 'HOLDFAST_URL'), key: required(environment, 'HOLDFAST_KEY') };
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

/** Reads the settings of every process. @throws SettingsError that names the first unknown or invalid variable */
export function readShared(environment: Environment): SharedSettings {
  const unknown = unknownVariable(environment);
  if (unknown !== undefined) throw new SettingsError(unknown);
  return {
    host: usual(environment, 'HOLDFAST_HOST'),
    port: usual(environment, 'HOLDFAST_PORT'),
    relayPort: usual(environment, 'HOLDFAST_RELAY_PORT'),
    workerPort: usual(environment, 'HOLDFAST_WORKER_PORT'),
    adminKey: optional(environment, 'HOLDFAST_ADMIN_KEY'),
    taskQueue: usual(environment, 'HOLDFAST_TASK_QUEUE'),
    logLevel: usual(environment, 'HOLDFAST_LOG_LEVEL'),
  };
}
