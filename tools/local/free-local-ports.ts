import { findFreePorts } from '../processes/ports';

const VARIABLES = [
  'HOLDFAST_PORT',
  'HOLDFAST_POSTGRES_PORT',
  'HOLDFAST_TEMPORAL_PORT',
  'HOLDFAST_TEMPORAL_UI_PORT',
  'HOLDFAST_SIMULATOR_PORT',
];

/** Returns the settings with which `npm start` runs beside another Holdfast: free ports, by their variables. */
export async function freeLocalPorts(): Promise<Readonly<Record<string, string>>> {
  const ports = await findFreePorts(VARIABLES.length);
  return Object.fromEntries(VARIABLES.map((variable, at) => [variable, String(ports[at])]));
}
