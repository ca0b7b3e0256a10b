import { Connection } from '@temporalio/client';

const ATTEMPT_MS = 2_000;

/**
 * Calls a Temporal server over a connection of its own.
 * @throws Error when it cannot be reached or does not answer within two seconds
 */
export async function callTemporal(
  address: string,
  work: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: ATTEMPT_MS });
  try {
    await connection.withDeadline(Date.now() + ATTEMPT_MS, () => work(connection));
  } finally {
    await connection.close();
  }
}
