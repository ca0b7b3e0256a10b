import { createServer } from 'node:http';
import { listen } from '../../src/main/roles/listening';
import { simulatorApp } from '../simulator/simulator-app';
import { readSimulatorAddress } from './local-settings';

/** `npm run simulator`: simulates third parties for development and tests. It stores nothing and has no access control. */
async function main(): Promise<void> {
  const server = createServer(simulatorApp());
  const { host, port } = readSimulatorAddress();
  await listen(server, port, host);
  console.log(`The simulator of third parties listens on http://${host}:${port}`);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      // Close the connections whose callers get no answer by design: they would block the stop.
      server.closeAllConnections();
    });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
