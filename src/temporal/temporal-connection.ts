import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, type NativeConnectionOptions, TransportError } from '@temporalio/worker';
import { dataConverterOf } from './data-conversion';
import type { PayloadKey } from './payload-encryption';
import { traceWorkflowStarts } from './trace-headers';

/** The frontend of Temporal, the namespace, and the credentials of this process. */
export interface TemporalSettings extends Pick<NativeConnectionOptions, 'tls' | 'apiKey' | 'metadata'> {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
  /** The keys that encrypt payloads, the one for new payloads first; none: nothing is encrypted. */
  readonly payloadKeys: readonly PayloadKey[];
}

/** One connection for client and worker: a workflow starts eagerly in this process only if both share it. */
export interface TemporalConnection {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
  /** The conversion of data that client and workers share. */
  readonly dataConverter: DataConverter;
  /** Checks the namespace. @throws when Temporal cannot be reached */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Temporal did not answer at the start of a process. The message is one line, ready to print. */
export class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
}

const PING_TIMEOUT_MS = 2_000;

/** Connects to Temporal. @throws TemporalUnreachable that names the address and the reason */
export async function connectTemporal({
  namespace,
  payloadKeys,
  ...options
}: TemporalSettings): Promise<TemporalConnection> {
  const connection = await NativeConnection.connect(options).catch((error: unknown) => {
    if (!(error instanceof TransportError)) throw error;
    const reason = reasonOf(error.message) + hintFor(options, error.message);
    throw new TemporalUnreachable(`Temporal at ${options.address} cannot be reached: ${reason}`, {
      cause: error,
    });
  });
  const dataConverter = dataConverterOf(payloadKeys);
  const interceptors = { workflow: [traceWorkflowStarts] };
  const client = new Client({ connection, namespace, dataConverter, interceptors });
  return {
    connection,
    client,
    namespace,
    dataConverter,
    async ping() {
      await connection.withDeadline(Date.now() + PING_TIMEOUT_MS, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
    },
    close: () => connection.close(),
  };
}

/** Returns the innermost reason of the SDK's nested message: a quoted text at its end, else its last error. */
function reasonOf(message: string): string {
  const [, reason = message] =
    /"([^"]+)"[)}\s]*$/.exec(message) ?? /.*error: (.+?)[)}\s]*$/.exec(message) ?? [];
  return reason;
}

/**
 * A server that demands a certificate finds that there is none after the handshake. Its word that it wants one is often
 * lost, because it closes the connection while this process is already sending.
 */
function hintFor({ tls }: Pick<TemporalSettings, 'tls'>, message: string): string {
  const hasCertificate = typeof tls === 'object' && tls?.clientCertPair !== undefined;
  if (!tls || hasCertificate || !/connection closed|broken pipe|reset/i.test(message)) return '';
  return ' (no client certificate is configured: does the server demand one?)';
}
