import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';

/** One connection for client and worker: a workflow starts eagerly in this process only if both share it. */
export interface TemporalConnection {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
  /** Checks the namespace. @throws when Temporal cannot be reached */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const PING_TIMEOUT_MS = 2_000;

export async function connectTemporal(address: string, namespace: string): Promise<TemporalConnection> {
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace });
  return {
    connection,
    client,
    namespace,
    async ping() {
      await connection.withDeadline(Date.now() + PING_TIMEOUT_MS, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
    },
    close: () => connection.close(),
  };
}
