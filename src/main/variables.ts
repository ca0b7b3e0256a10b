import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { USUAL_DEADLINES } from '../../activities/step-deps';
import { isScope } from '../contracts/api/scopes';
import { CHANNEL_KINDS, type ChannelKind } from '../events/channels/channel-kinds';

/** The processes that read a variable: all of them, those of `npm start` alone, or the command line. */
export type ReadBy = 'every process' | 'npm start' | 'the command line';

/** An environment variable. docs/reference/configuration.md is written from this. */
interface Declared {
  readonly readBy: ReadBy;
  readonly meaning: string;
  readonly rule: z.ZodType;
  /** The range and the unit. Completes the sentence "X must be ...". */
  readonly expected: string;
  /** The value of a variable that is not set. */
  readonly usual?: unknown;
  /** The consequence of leaving a variable without usual value unset. */
  readonly unset?: string;
}

const portNumber = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port >= 1 && port <= 65_535);
const port = { rule: portNumber, expected: 'a port number from 1 to 65535' };

const postgresUrl = z
  .string()
  .refine((url) => URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol));

const wholeSeconds = z
  .string()
  .regex(/^[1-9]\d{0,7}$/)
  .transform(Number)
  .refine((value) => value <= 366 * 86_400);
const seconds = { rule: wholeSeconds, expected: 'a whole number of seconds, at most a year' };

const days = {
  rule: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .transform(Number),
  expected: 'a whole number of days, from 1 to 9999',
};

const httpUrl = z.url({ protocol: /^https?$/ });
const hostName = { rule: z.string().regex(/^[\w.:-]+$/), expected: 'a host name or an IP address' };

/** A variable that Temporal's own reader (`@temporalio/envconfig`) checks. */
const ofTemporal = (expected: string) => ({ rule: z.string(), expected });

/** The keys of a list `name:key`; each key is 32 bytes. */
const payloadKeys = z
  .string()
  .transform((list) => list.split(/,\s*/))
  .pipe(
    z.array(
      z.string().transform((entry, context) => {
        const [, id = '', text = ''] = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(entry) ?? [];
        if (id === '') context.addIssue('not a key');
        return { id, secret: Buffer.from(text, 'base64') };
      }),
    ),
  )
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length);

/** An http:// URL on this machine alone: elsewhere others could read and change what is sent. */
const secureUrl = httpUrl.refine((url) => {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
});

const claimName = { rule: z.string().regex(/^[^\s"]{1,200}$/), expected: 'the name of a claim' };

/** The scopes of groups, as JSON. */
const scopesOfGroups = z.string().transform((text, context) => {
  const parsed = scopesByGroup.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  context.addIssue('not the scopes of groups');
  return z.NEVER;
});

const scopesByGroup = z.record(z.string(), z.array(z.string().refine(isScope)));

/** Parses JSON; undefined when it is none. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const limit = {
  rule: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .transform(Number),
  expected: 'a whole number from 1 to 999999',
};

const KINDS_OF_CHANNELS = Object.keys(CHANNEL_KINDS) as ChannelKind[];

/** A broker of Kafka may have several addresses: `kafka://one:9092,two:9092` is one URL, so a list is cut before `//`. */
const channelUrls = z
  .string()
  .transform((list) => list.split(/,\s*(?=[a-z]+:\/\/)/))
  .pipe(
    z.array(
      z.string().transform((url, context) => {
        const kind = KINDS_OF_CHANNELS.find((one) => url.startsWith(`${one}://`));
        if (kind && url.length > kind.length + '://'.length) return { kind, url };
        context.addIssue('not the URL of a broker');
        return z.NEVER;
      }),
    ),
  )
  .refine((channels) => new Set(channels.map(({ kind }) => kind)).size === channels.length);

const cidrRanges = z
  .string()
  .transform((list) => list.split(/,\s*/))
  .refine((ranges) => ranges.every((range) => ipaddr.isValidCIDR(range)));

export const LOOPBACK = '127.0.0.1';

export const VARIABLES = {
  DATABASE_URL: {
    readBy: 'every process',
    meaning: 'The database of all three stores.',
    rule: postgresUrl,
    expected: 'a URL such as postgresql://user:password@host:5432/holdfast',
    unset: 'required; `npm start` runs a PostgreSQL of its own',
  },
  INVENTORY_DATABASE_URL: {
    readBy: 'every process',
    meaning: 'A database of its own for the store `inventory`.',
    rule: postgresUrl,
    expected: 'a postgresql:// URL',
    unset: 'the database of `DATABASE_URL`',
  },
  CREDIT_DATABASE_URL: {
    readBy: 'every process',
    meaning: 'A database of its own for the store `credit`.',
    rule: postgresUrl,
    expected: 'a postgresql:// URL',
    unset: 'the database of `DATABASE_URL`',
  },
  TEMPORAL_ADDRESS: {
    readBy: 'every process',
    meaning: 'The frontend of Temporal.',
    rule: z.string().regex(/^[^\s:/]+:\d{1,5}$/),
    expected: 'host:port',
    unset:
      'the address of the profile: the variable or the profile must give one; `npm start` runs a Temporal server of its own',
  },
  TEMPORAL_NAMESPACE: {
    readBy: 'every process',
    meaning: 'The namespace of all sagas.',
    rule: z.string().regex(/^[\w.-]+$/),
    expected: 'the name of a namespace',
    usual: 'default',
  },
  TEMPORAL_API_KEY: {
    readBy: 'every process',
    meaning: 'The API key of Temporal Cloud. It turns TLS on.',
    ...ofTemporal('a key'),
    unset: 'the key of the profile',
  },
  TEMPORAL_TLS: {
    readBy: 'every process',
    meaning: '`true` encrypts the connection to Temporal, `false` does not.',
    rule: z.enum(['true', 'false', '1', '0']),
    expected: 'true or false',
    unset: 'on with a key or a certificate',
  },
  TEMPORAL_TLS_CLIENT_CERT_PATH: {
    readBy: 'every process',
    meaning: 'The certificate of this process for Temporal; `TEMPORAL_TLS_CLIENT_CERT_DATA` takes its text.',
    ...ofTemporal('a PEM file'),
    unset: 'the certificate of the profile',
  },
  TEMPORAL_TLS_CLIENT_KEY_PATH: {
    readBy: 'every process',
    meaning: 'The key of that certificate; `TEMPORAL_TLS_CLIENT_KEY_DATA` takes its text.',
    ...ofTemporal('a PEM file'),
    unset: 'the key of the profile',
  },
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: {
    readBy: 'every process',
    meaning:
      'The certificate authority that signed the certificate of Temporal; `TEMPORAL_TLS_SERVER_CA_CERT_DATA` takes its text.',
    ...ofTemporal('a PEM file'),
    unset: "the system's authorities",
  },
  TEMPORAL_TLS_SERVER_NAME: {
    readBy: 'every process',
    meaning: 'The name that the certificate of Temporal must have.',
    ...ofTemporal('a host name'),
    unset: 'the host of the address',
  },
  TEMPORAL_PROFILE: {
    readBy: 'every process',
    meaning: 'The profile of the configuration file. Variables override it.',
    ...ofTemporal('the name of a profile'),
    unset: '`default`',
  },
  TEMPORAL_CONFIG_FILE: {
    readBy: 'every process',
    meaning: 'The configuration file, which the command line of Temporal writes too.',
    ...ofTemporal('a TOML file'),
    unset: '`~/.config/temporalio/temporal.toml`',
  },
  TEMPORAL_UI_URL: {
    readBy: 'every process',
    meaning: 'The base URL of the links to sagas in answers.',
    rule: httpUrl,
    expected: 'an http:// URL',
    unset: 'answers have no such links; `npm start` sets it',
  },
  HOLDFAST_TASK_QUEUE: {
    readBy: 'every process',
    meaning: 'The task queue of sagas. Each installation in one namespace needs its own.',
    rule: z.string().regex(/^[\w.-]+$/),
    expected: 'the name of a task queue',
    usual: 'holdfast',
  },
  HOLDFAST_HOST: {
    readBy: 'every process',
    meaning: 'The address on which the API and the probes listen.',
    ...hostName,
    usual: LOOPBACK,
  },
  HOLDFAST_PORT: { readBy: 'every process', meaning: 'The port of the API.', ...port, usual: 3000 },
  HOLDFAST_RELAY_PORT: {
    readBy: 'every process',
    meaning: 'The probe port of a relay in a process of its own.',
    ...port,
    usual: 3002,
  },
  HOLDFAST_WORKER_PORT: {
    readBy: 'every process',
    meaning: 'The probe port of a worker in a process of its own.',
    ...port,
    usual: 3003,
  },
  HOLDFAST_TEMPORAL_METRICS_PORT: {
    readBy: 'every process',
    meaning:
      "The port at which a process serves the metrics of Temporal's SDK, at `/metrics`. Each process on a machine needs its own.",
    ...port,
    unset: 'they are not served',
  },
  HOLDFAST_ADMIN_KEY: {
    readBy: 'every process',
    meaning: 'An API key with the scope `admin`. The API process creates it when it starts.',
    rule: z.string().regex(/^[!-~]+$/),
    expected: 'printable ASCII without spaces',
    unset: 'none is created; `npm start` makes one and prints it',
  },
  HOLDFAST_OIDC_ISSUER: {
    readBy: 'every process',
    meaning:
      'The OpenID Connect issuer whose tokens the API accepts and by which people sign in to the page of operators.',
    rule: secureUrl,
    expected: 'an https:// URL, or an http:// URL on this machine',
    unset: 'API keys only',
  },
  HOLDFAST_OIDC_CLIENT_ID: {
    readBy: 'every process',
    meaning:
      'The client that the issuer knows for Holdfast. Its redirect URI is `/auth/callback` of the page.',
    rule: z.string().regex(/^[!-~]{1,200}$/),
    expected: 'the id of a client',
    unset: 'required with an issuer',
  },
  HOLDFAST_OIDC_CLIENT_SECRET: {
    readBy: 'every process',
    meaning: 'The secret of that client.',
    rule: z.string(),
    expected: 'a secret',
    unset: 'a public client, which PKCE alone protects',
  },
  HOLDFAST_OIDC_AUDIENCE: {
    readBy: 'every process',
    meaning: 'The audience that tokens for the API must have.',
    rule: z.string(),
    expected: 'an audience',
    unset: 'the client',
  },
  HOLDFAST_OIDC_LOGIN_SCOPES: {
    readBy: 'every process',
    meaning:
      'The OAuth scopes that a sign-in asks for. Some issuers list groups for the scope `groups` only.',
    rule: z.string().regex(/^openid( [!-~]+)*$/),
    expected: 'scopes separated by spaces, the first of them openid',
    usual: 'openid profile email',
  },
  HOLDFAST_OIDC_CALLER_CLAIM: {
    readBy: 'every process',
    meaning:
      'The claim that names the caller, as `oidc:<claim>`. Choose one that is unique and that its owner cannot change. `email` counts only with `email_verified`.',
    ...claimName,
    usual: 'sub',
  },
  HOLDFAST_OIDC_SCOPES_CLAIM: {
    readBy: 'every process',
    meaning: 'The claim that lists the scopes of the caller, or its groups.',
    ...claimName,
    usual: 'holdfast_scopes',
  },
  HOLDFAST_OIDC_GROUPS: {
    readBy: 'every process',
    meaning:
      'The scopes of each group in the claim, such as `{"support": ["orders:read", "sagas:read"]}`. Other groups have none.',
    rule: scopesOfGroups,
    expected: 'a JSON object of lists of scopes',
    unset: 'the claim lists scopes',
  },
  HOLDFAST_OIDC_REQUESTS_PER_SECOND: {
    readBy: 'every process',
    meaning: 'The most requests in a second of one caller with a token, to one API process.',
    ...limit,
    unset: 'no limit',
  },
  HOLDFAST_OIDC_CONCURRENCY: {
    readBy: 'every process',
    meaning: 'The most requests that one caller with a token has open at one API process.',
    ...limit,
    unset: 'no limit',
  },
  HOLDFAST_PUBLIC_URL: {
    readBy: 'every process',
    meaning: 'The address at which browsers reach the page of operators.',
    rule: secureUrl.transform((url) => new URL(url).origin),
    expected: 'an https:// URL, or an http:// URL on this machine',
    unset: 'required with an issuer',
  },
  HOLDFAST_SESSION_KEY: {
    readBy: 'every process',
    meaning:
      'The key that encrypts the session cookies of the page, the same in every API process. Make one with `openssl rand -base64 32`.',
    rule: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/)
      .transform((text) => Buffer.from(text, 'base64')),
    expected: '32 bytes in base64',
    unset: 'required with an issuer',
  },
  HOLDFAST_ACCEPT_SECONDS: {
    readBy: 'every process',
    meaning: 'The time that a node has to accept a shipment.',
    ...seconds,
    usual: USUAL_DEADLINES.acceptSeconds,
  },
  HOLDFAST_SHIP_SECONDS: {
    readBy: 'every process',
    meaning: 'The time that a node has to send a shipment that it accepted.',
    ...seconds,
    usual: USUAL_DEADLINES.shipSeconds,
  },
  HOLDFAST_SOURCING_SECONDS: {
    readBy: 'every process',
    meaning: 'How long after its record an order still gets other nodes for units that a node gives back.',
    ...seconds,
    usual: USUAL_DEADLINES.sourcingSeconds,
  },
  HOLDFAST_RETRY_NODE_SECONDS: {
    readBy: 'every process',
    meaning:
      'The time for which searches for an order leave out a node that answered `NO_CAPACITY` or nothing. It doubles with each refusal.',
    ...seconds,
    usual: 900,
  },
  HOLDFAST_MAX_SHIPMENTS: {
    readBy: 'every process',
    meaning:
      'The most shipments of an order without `maxShipments` of its own, and the most nodes of a hold.',
    rule: z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number),
    expected: 'a whole number of shipments, from 1 to 999',
    unset: 'no limit',
  },
  HOLDFAST_MOST_OPEN: {
    readBy: 'every process',
    meaning: 'The number of open commands at which new orders and trips get 503.',
    rule: z
      .string()
      .regex(/^[1-9]\d{0,6}$/)
      .transform(Number),
    expected: 'a whole number of open commands, from 1 to 9999999',
    // At 500 orders/s this backlog is worked off in 40 s.
    usual: 20_000,
  },
  HOLDFAST_KEEP_ANSWERS_DAYS: {
    readBy: 'every process',
    meaning: 'The time for which the answers of the steps of a command are kept after it was closed.',
    ...days,
    usual: 30,
  },
  HOLDFAST_KEEP_DELIVERIES_DAYS: {
    readBy: 'every process',
    meaning: 'The time for which a delivery to a webhook is kept after its last attempt.',
    ...days,
    usual: 30,
  },
  HOLDFAST_KEEP_STALE_COUNTS_DAYS: {
    readBy: 'every process',
    meaning: 'The time for which a count is kept that came after a newer one and was not applied.',
    ...days,
    usual: 90,
  },
  HOLDFAST_PARTNERS_URL: {
    readBy: 'every process',
    meaning: 'The base URL of the calls to third parties: `<url>/<party>/bookings/<key>`.',
    rule: httpUrl.transform((url) => url.replace(/\/+$/, '')),
    expected: 'an http:// URL',
    unset: 'no third party can be asked: what needs one waits; `npm start` runs a simulator',
  },
  HOLDFAST_PARTY_CREDENTIALS: {
    readBy: 'every process',
    meaning:
      'The credentials of Holdfast at each third party. Its page [Third parties](third-parties.md#credentials) has the form.',
    rule: z.string(),
    expected: 'a JSON object, or the path of a file that holds one',
    unset: 'calls carry no credentials',
  },
  HOLDFAST_PARTNER_PATIENCE_SECONDS: {
    readBy: 'every process',
    meaning:
      'The time that a third party has to confirm a cancellation before the command needs attention. `npm start` sets 30.',
    ...seconds,
    usual: 300,
  },
  HOLDFAST_PAYLOAD_KEYS: {
    readBy: 'every process',
    meaning:
      'The keys that encrypt what goes to Temporal: inputs, results, failures and summaries. The first key encrypts, and all decrypt. Make one with `openssl rand -base64 32`.',
    rule: payloadKeys,
    expected: 'a comma-separated list of `name:key`, each key 32 bytes in base64 and each name given once',
    unset: 'nothing is encrypted',
  },
  HOLDFAST_CHANNELS: {
    readBy: 'every process',
    meaning: 'The message brokers that get every event.',
    rule: channelUrls,
    expected: 'a comma-separated list of nats://, redis:// and kafka:// URLs, at most one of each',
    unset: 'none',
  },
  HOLDFAST_WEBHOOKS_ALLOW: {
    readBy: 'every process',
    meaning:
      'The ranges of addresses that webhooks may reach besides public ones, also by http://. `npm start` admits this machine.',
    rule: cidrRanges,
    expected: 'a comma-separated list of CIDR ranges such as 10.1.0.0/16',
    unset: 'public addresses only, by https://',
  },
  HOLDFAST_SMTP_URL: {
    readBy: 'every process',
    meaning:
      'The mail server that tells customers when a shipment has left. The address is `email` in the `metadata` of the order.',
    rule: z.url({ protocol: /^smtps?$/ }),
    expected: 'a URL such as smtp://user:password@host:587',
    unset: 'no mail is sent',
  },
  HOLDFAST_MAIL_FROM: {
    readBy: 'every process',
    meaning: 'The sender of the mail to customers.',
    rule: z.email(),
    expected: 'a mail address',
    usual: 'orders@localhost.localdomain',
  },
  HOLDFAST_BUILD_ID: {
    readBy: 'every process',
    meaning: 'The version of the code. Workers then finish each saga on the version on which it began.',
    rule: z.string().regex(/^[\w.-]{1,100}$/),
    expected: 'a name of letters, digits, ., _ and -, such as a commit',
    unset: 'workers have no version',
  },
  // Temporal joins deployment name and build id with a dot, so the name must not contain one.
  HOLDFAST_DEPLOYMENT: {
    readBy: 'every process',
    meaning: 'The name of the Temporal worker deployment to which `HOLDFAST_BUILD_ID` belongs.',
    rule: z.string().regex(/^[\w-]{1,100}$/),
    expected: 'a name of letters, digits, _ and -',
    usual: 'holdfast',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    readBy: 'every process',
    meaning:
      "The collector of traces; spans go to `/v1/traces` there, as JSON over HTTP. OpenTelemetry's other variables for traces (sampler, headers, timeout, limits) hold too.",
    rule: httpUrl,
    expected: 'an http:// URL such as http://127.0.0.1:4318',
    unset: 'no span is made',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    readBy: 'every process',
    meaning: 'The whole URL to which spans go, instead of `OTEL_EXPORTER_OTLP_ENDPOINT`.',
    rule: httpUrl,
    expected: 'an http:// URL such as http://127.0.0.1:4318/v1/traces',
    unset: '`/v1/traces` at `OTEL_EXPORTER_OTLP_ENDPOINT`',
  },
  OTEL_SERVICE_NAME: {
    readBy: 'every process',
    meaning: 'The name of a process in traces.',
    rule: z.string(),
    expected: 'a name',
    unset: '`holdfast-` and the name of the process: `server`, `api`, `worker` or `relay`',
  },
  HOLDFAST_LOG_LEVEL: {
    readBy: 'every process',
    meaning: 'The lowest level that is logged.',
    rule: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    expected: 'fatal, error, warn, info, debug, trace or silent',
    usual: 'info',
  },
  HOLDFAST_DEMO_DATA: {
    readBy: 'npm start',
    meaning: '1 loads the demo items, their stock and five customers through the API.',
    rule: z.enum(['0', '1']),
    expected: '0 or 1',
    usual: '1',
  },
  HOLDFAST_DATA: {
    readBy: 'npm start',
    meaning: 'The folder of all data and logs.',
    rule: z.string(),
    expected: 'a folder',
    usual: '.holdfast',
  },
  HOLDFAST_POSTGRES_PORT: {
    readBy: 'npm start',
    meaning: 'The port of PostgreSQL.',
    ...port,
    usual: 5433,
  },
  HOLDFAST_TEMPORAL_PORT: { readBy: 'npm start', meaning: 'The port of Temporal.', ...port, usual: 7233 },
  HOLDFAST_TEMPORAL_UI_PORT: {
    readBy: 'npm start',
    meaning: 'The port of the Temporal Web UI.',
    ...port,
    usual: 8233,
  },
  HOLDFAST_SIMULATOR_PORT: {
    readBy: 'npm start',
    meaning: 'The port of the simulator of third parties. `npm run simulator` reads it too.',
    ...port,
    usual: 3001,
  },
  HOLDFAST_SIMULATOR_HOST: {
    readBy: 'npm start',
    meaning: 'The address on which the simulator listens. `npm run simulator` reads it too.',
    ...hostName,
    usual: LOOPBACK,
  },
  HOLDFAST_URL: {
    readBy: 'the command line',
    meaning: 'The base URL of the API that `holdfast` calls.',
    rule: httpUrl.transform((url) => url.replace(/\/+$/, '')),
    expected: 'an http:// URL',
    usual: `http://${LOOPBACK}:3000`,
  },
  HOLDFAST_KEY: {
    readBy: 'the command line',
    meaning: 'The API key of the calls of `holdfast`.',
    rule: z.string(),
    expected: 'an API key (npm run keys)',
    unset: 'required',
  },
} as const satisfies Readonly<Record<string, Declared>>;

export type Variable = keyof typeof VARIABLES;

/** A variable that has a value when it is not set. */
export type UsualVariable = {
  [V in Variable]: (typeof VARIABLES)[V] extends { readonly usual: unknown } ? V : never;
}[Variable];

export type ValueOf<V extends Variable> = z.output<(typeof VARIABLES)[V]['rule']>;
