import path from 'node:path';
import { readShared, type SharedSettings } from '../../src/main/settings';
import { type Environment, optional, SettingsError, usual } from '../../src/main/variable-reading';
import type { Variable } from '../../src/main/variables';

/** The settings of `npm start`. It starts every dependency that they do not name. */
export interface LocalSettings extends SharedSettings {
  readonly dataFolder: string;
  readonly postgresPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly simulatorPort: number;
  /** If set, `npm start` uses this database and starts none. */
  readonly databaseUrl: string | undefined;
  /** If set, `npm start` uses this Temporal and starts none. */
  readonly temporalAddress: string | undefined;
  /** The namespace of the Temporal that it starts. */
  readonly temporalNamespace: string;
  /** If set, `npm start` uses these third parties and starts no simulator. */
  readonly partnersUrl: string | undefined;
  /** True to load the demo catalogue, credit customers and stock at the start. */
  readonly demoData: boolean;
}

/**
 * Reads the settings of `npm start` from the environment.
 * @throws SettingsError that names the first invalid variable
 */
export function readLocalSettings(environment: Environment = process.env): LocalSettings {
  const settings: LocalSettings = {
    ...readShared(environment),
    dataFolder: path.resolve(usual(environment, 'HOLDFAST_DATA')),
    postgresPort: usual(environment, 'HOLDFAST_POSTGRES_PORT'),
    temporalPort: usual(environment, 'HOLDFAST_TEMPORAL_PORT'),
    temporalUiPort: usual(environment, 'HOLDFAST_TEMPORAL_UI_PORT'),
    simulatorPort: usual(environment, 'HOLDFAST_SIMULATOR_PORT'),
    databaseUrl: optional(environment, 'DATABASE_URL'),
    temporalAddress: optional(environment, 'TEMPORAL_ADDRESS'),
    temporalNamespace: usual(environment, 'TEMPORAL_NAMESPACE'),
    partnersUrl: optional(environment, 'HOLDFAST_PARTNERS_URL'),
    demoData: usual(environment, 'HOLDFAST_DEMO_DATA') === '1',
  };
  refuseSharedPorts(settings);
  return settings;
}

/** Reads the address of the simulator. @throws SettingsError when host or port is invalid */
export function readSimulatorAddress(environment: Environment = process.env) {
  // Not HOLDFAST_HOST: an API that is open to other machines must not open the simulator to them.
  return {
    host: usual(environment, 'HOLDFAST_SIMULATOR_HOST'),
    port: usual(environment, 'HOLDFAST_SIMULATOR_PORT'),
  };
}

function refuseSharedPorts(settings: LocalSettings): void {
  const ports: ReadonlyArray<readonly [Variable, number]> = [
    ['HOLDFAST_PORT', settings.port],
    ['HOLDFAST_POSTGRES_PORT', settings.postgresPort],
    ['HOLDFAST_TEMPORAL_PORT', settings.temporalPort],
    ['HOLDFAST_TEMPORAL_UI_PORT', settings.temporalUiPort],
    ['HOLDFAST_SIMULATOR_PORT', settings.simulatorPort],
  ];
  for (const [index, [variable, port]] of ports.entries()) {
    const twin = ports.slice(index + 1).find(([, other]) => other === port);
    if (twin)
      throw new SettingsError(`${variable} and ${twin[0]} are both ${port}: each needs a port of its own`);
  }
}
