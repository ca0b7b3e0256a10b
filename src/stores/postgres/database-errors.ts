/** What kind of trouble a store met, which decides who tries again. */
export type DatabaseTrouble =
  /** Two transactions met; the loser runs again at once. */
  | 'conflict'
  /** A lock, statement or transaction took too long. */
  | 'timeout'
  /** The server cannot be reached or is going down or is out of resources. */
  | 'unavailable'
  /** Running the same again would fail the same way. */
  | 'fault';

const CONFLICTS = new Set(['40001', '40P01', '23505']);
const TIMEOUTS = new Set(['57014', '55P03', '25P03', '25P04']);
/** Connections, authentication, schema, resources, operators, the system: nobody's command is at fault for these. */
const UNAVAILABLE_CLASSES = ['08', '28', '3D', '3F', '42', '53', '57', '58'];
const PRISMA_TRANSACTION_EXPIRED = 'P2028';
const PRISMA_NO_CONNECTION = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024']);
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);
const UNREACHABLE = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
/** Said of lost connections, a database that lets nobody in, a full pool, and a pool that a stopping process has closed. */
const BROKEN_CONNECTION =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable|not currently accepting connections|unable to start a transaction|cannot use a pool after calling end/i;

/** Classifies by SQLSTATE, wherever Prisma has put it; what nobody knows is a fault, and is not tried again. */
export function databaseTrouble(error: unknown): DatabaseTrouble {
  const links = chainOf(error);
  const codes = links.flatMap(({ code, originalCode }) => [code, originalCode]).filter(isText);
  if (codes.some((code) => CONFLICTS.has(code))) return 'conflict';
  if (codes.some((code) => TIMEOUTS.has(code))) return 'timeout';
  if (links.some(isUnavailable)) return 'unavailable';
  if (codes.includes(PRISMA_TRANSACTION_EXPIRED)) return 'timeout';
  return 'fault';
}

/** Whether an error says that the data are at fault: a value or a constraint, but no duplicate, or an error of our own code. */
export function isDataError(error: unknown): boolean {
  const states = chainOf(error)
    .flatMap(({ code, originalCode }) => [code, originalCode])
    .filter(isText);
  const sqlStates = states.filter((state) => /^[0-9A-Z]{5}$/.test(state));
  if (sqlStates.length === 0) return error instanceof Error && databaseTrouble(error) === 'fault';
  return sqlStates.some((state) => state !== '23505' && (state.startsWith('22') || state.startsWith('23')));
}

/** What a transaction has looked at before it had its locks has changed meanwhile: it has to run again. */
export class LookedTooEarly extends Error {
  /** PostgreSQL's own for a transaction that cannot be put in an order with the others. */
  readonly code = '40001';
}

interface Link {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly kind?: unknown;
  readonly message?: unknown;
}

function isUnavailable({ code, originalCode, kind, message }: Link): boolean {
  const state = isText(originalCode) ? originalCode : isText(code) && code.length === 5 ? code : '';
  return (
    UNAVAILABLE_CLASSES.some((prefix) => state.length === 5 && state.startsWith(prefix)) ||
    (isText(code) && (NETWORK.has(code) || PRISMA_NO_CONNECTION.has(code))) ||
    (isText(kind) && UNREACHABLE.has(kind)) ||
    (isText(message) && BROKEN_CONNECTION.test(message))
  );
}

/** The error, what Prisma wrapped in `meta.driverAdapterError`, and all their causes. */
function chainOf(error: unknown): readonly Link[] {
  const links: Link[] = [];
  const open: unknown[] = [error];
  while (open.length > 0 && links.length < 10) {
    const link = open.shift();
    if (link === null || typeof link !== 'object') continue;
    links.push(link);
    const { cause, meta } = link as { cause?: unknown; meta?: { driverAdapterError?: unknown } };
    open.push(cause, meta?.driverAdapterError);
  }
  return links;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
