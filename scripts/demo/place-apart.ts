import { findFreePorts } from '../../tools/processes/ports';

const PORTS = [
  'HOLDFAST_PORT',
  'HOLDFAST_POSTGRES_PORT',
  'HOLDFAST_TEMPORAL_PORT',
  'HOLDFAST_TEMPORAL_UI_PORT',
  'HOLDFAST_SIMULATOR_PORT',
];

/** Returns the settings with which `npm start` and the demo run beside another Holdfast, on free ports. */
export async function placeApart(dataFolder: string): Promise<Readonly<Record<string, string>>> {
  const ports = await findFreePorts(PORTS.length);
  return {
    HOLDFAST_DATA: dataFolder,
    ...Object.fromEntries(PORTS.map((variable, at) => [variable, String(ports[at])])),
  };
}
