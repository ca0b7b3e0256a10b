import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';

/** One connection for client and worker alike: sharing it is what lets a workflow start eagerly in this process. */
export interface TemporalConnection {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
  /** Throws where Temporal cannot be reached. */
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
