import { createServer } from 'node:http';
import { simulatorApp } from '../simulator/simulator-app';
import { listen } from './listening';
import { readSimulatorAddress } from './settings';

/** `npm run simulator`: the third parties, for development and tests. It keeps nothing and lets anybody in. */
async function main(): Promise<void> {
  const server = createServer(simulatorApp());
  const { host, port } = readSimulatorAddress();
  await listen(server, port, host);
  console.log(`The simulator of third parties listens on http://${host}:${port}`);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      // Callers that were never meant to get an answer do not keep it from going.
      server.closeAllConnections();
    });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
