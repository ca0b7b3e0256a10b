/** The kind of a database error, which decides how it is retried. */
export type DatabaseTrouble =
  /** Two transactions conflicted; the losing one runs again after a short pause. */
  | 'conflict'
  /** A lock, statement or transaction took too long. */
  | 'timeout'
  /** The server is unreachable, shutting down or out of resources. */
  | 'unavailable'
  /** A retry would fail the same way. */
  | 'fault';

const CONFLICTS = new Set(['40001', '40P01', '23505']);
const TIMEOUTS = new Set(['57014', '55P03', '25P03', '25P04']);
/** SQLSTATE classes that no command causes: connections, authentication, schema, resources, operators, the system. */
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
/**
 * Messages for a lost connection, a database that accepts none, a full pool, and a pool closed by a stopping process.
 */
const BROKEN_CONNECTION =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable|not currently accepting connections|unable to start a transaction|cannot use a pool after calling end/i;

/**
 * Classifies an error by its SQLSTATE, wherever Prisma has put it. An unknown error is a fault, which is not retried.
 */
export function databaseTrouble(error: unknown): DatabaseTrouble {
  const links = chainOf(error);
  const codes = links.flatMap(({ code, originalCode }) => [code, originalCode]).filter(isText);
  if (codes.some((code) => CONFLICTS.has(code))) return 'conflict';
  if (codes.some((code) => TIMEOUTS.has(code))) return 'timeout';
  if (links.some(isUnavailable)) return 'unavailable';
  if (codes.includes(PRISMA_TRANSACTION_EXPIRED)) return 'timeout';
  return 'fault';
}

/**
 * Returns true when the data cause an error: a bad value, or a violated constraint other than a duplicate key. An error
 * of our own code, without an SQLSTATE, counts as one.
 */
export function isDataError(error: unknown): boolean {
  const states = chainOf(error)
    .flatMap(({ code, originalCode }) => [code, originalCode])
    .filter(isText);
  const sqlStates = states.filter((state) => /^[0-9A-Z]{5}$/.test(state));
  if (sqlStates.length === 0) return error instanceof Error && databaseTrouble(error) === 'fault';
  return sqlStates.some((state) => state !== '23505' && (state.startsWith('22') || state.startsWith('23')));
}

/** Data that a transaction read before it had its locks has changed: the transaction must run again. */
export class LookedTooEarly extends Error {
  /** The SQLSTATE of a serialization failure, so that the transaction is run again. */
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

/** Collects the error, the one that Prisma wraps in `meta.driverAdapterError`, and all their causes. */
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
