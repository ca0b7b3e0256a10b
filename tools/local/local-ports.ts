import { findTakenPort, type NeededPort } from '../processes/ports';
import type { LocalSettings } from './local-settings';

const LOOPBACK = '127.0.0.1';

/** Returns the ports that `npm start` opens, with the variables that change them. */
export function localPorts(settings: LocalSettings): NeededPort[] {
  const ports: NeededPort[] = [{ variable: 'HOLDFAST_PORT', host: settings.host, port: settings.port }];
  if (settings.databaseUrl === undefined) {
    ports.push({ variable: 'HOLDFAST_POSTGRES_PORT', host: LOOPBACK, port: settings.postgresPort });
  }
  if (settings.temporalAddress === undefined) {
    ports.push({ variable: 'HOLDFAST_TEMPORAL_PORT', host: LOOPBACK, port: settings.temporalPort });
    ports.push({ variable: 'HOLDFAST_TEMPORAL_UI_PORT', host: LOOPBACK, port: settings.temporalUiPort });
  }
  if (settings.partnersUrl === undefined) {
    ports.push({ variable: 'HOLDFAST_SIMULATOR_PORT', host: LOOPBACK, port: settings.simulatorPort });
  }
  return ports;
}

/** Checks the ports of `npm start`. @throws Error, one line, that names the first unusable port and its variable */
export async function refuseTakenPorts(settings: LocalSettings): Promise<void> {
  const taken = await findTakenPort(localPorts(settings));
  if (taken === undefined) return;
  throw new Error(
    taken.reason === 'EADDRINUSE'
      ? `port ${taken.port} is taken: free it, or set ${taken.variable} to another port`
      : `port ${taken.port} on ${taken.host} cannot be opened (${taken.reason}): set ${taken.variable} to another port`,
  );
}
