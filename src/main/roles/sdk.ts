import { lookup } from 'node:dns/promises';
import type { Logger } from 'pino';
import { failureText } from '../../contracts/failure-text';
import { installSdkRuntime } from '../../temporal/sdk-runtime';
import type { RoleSettings } from '../settings';
import { SettingsError } from '../variable-reading';

/**
 * Sets up Temporal's SDK: its log lines are lines of this process, and its metrics are served if there is a port.
 * @throws SettingsError when they cannot be served there
 */
export async function installSdk(
  { host, temporalMetricsPort: port }: Pick<RoleSettings, 'host' | 'temporalMetricsPort'>,
  logger: Logger,
): Promise<void> {
  try {
    installSdkRuntime({
      log: (level, message, fields) => logger[level](fields, message),
      metricsAddress: port === undefined ? undefined : await socketAddress(host, port),
    });
  } catch (error) {
    if (port === undefined) throw error;
    throw new SettingsError(
      `HOLDFAST_TEMPORAL_METRICS_PORT: the SDK cannot serve its metrics at ${host}:${port}: ${failureText(error)}`,
    );
  }
}

/** Returns a socket address; the SDK takes no host names. */
async function socketAddress(host: string, port: number): Promise<string> {
  const { address, family } = await lookup(host);
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
