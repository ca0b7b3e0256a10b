import { loadClientConnectConfig } from '@temporalio/envconfig';
import { failureText } from '../contracts/failure-text';
import type { TemporalSettings } from '../temporal/temporal-connection';
import { type Environment, optional, SettingsError, usual } from './variable-reading';
import { VARIABLES, type Variable } from './variables';

/** The variables that Temporal's own reader reads too. It takes them as they are, so their form is checked here. */
const OF_TEMPORAL = (Object.keys(VARIABLES) as Variable[]).filter((name) => name.startsWith('TEMPORAL_'));

/**
 * Reads the connection to Temporal as Temporal's own environment configuration names it: the variables `TEMPORAL_*`,
 * over a profile of its file. An address is required. The keys that encrypt payloads are a setting of Holdfast.
 * @throws SettingsError when the address is missing, a variable is invalid, or a profile or a certificate cannot be read
 */
export function readTemporal(environment: Environment): TemporalSettings {
  for (const variable of OF_TEMPORAL) optional(environment, variable);
  const { connectionOptions, namespace } = connectConfig(environment);
  const { address, tls, apiKey, metadata } = connectionOptions;
  if (address === undefined)
    throw new SettingsError(
      'TEMPORAL_ADDRESS is required: host:port, here or in the profile of TEMPORAL_PROFILE',
    );
  return {
    address,
    namespace: namespace ?? usual(environment, 'TEMPORAL_NAMESPACE'),
    payloadKeys: optional(environment, 'HOLDFAST_PAYLOAD_KEYS') ?? [],
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function connectConfig(environment: Environment) {
  // An empty variable counts as unset, as for every other setting.
  const set = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
  } catch (error) {
    const reason = failureText(error);
    throw new SettingsError(`the settings of Temporal (TEMPORAL_*) cannot be read: ${reason}`);
  }
}
