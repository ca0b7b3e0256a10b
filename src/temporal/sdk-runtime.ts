import { DefaultLogger, makeTelemetryFilterString, Runtime, type TelemetryOptions } from '@temporalio/worker';

export interface SdkRuntimeOptions {
  /** Takes a log line of the SDK, of its native core too. */
  readonly log: (level: SdkLogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** host:port at which the SDK serves its own metrics to Prometheus, at /metrics; undefined: nowhere. */
  readonly metricsAddress: string | undefined;
}

export type SdkLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * Sets up the SDK for this process, once and before its first connection. Its signal handlers are off: the process stops
 * its roles in its own order.
 * @throws when the address of the metrics is in use
 */
export function installSdkRuntime({ log, metricsAddress }: SdkRuntimeOptions): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { error, ...fields } = meta ?? {};
    log(
      level.toLowerCase() as SdkLogLevel,
      message,
      error === undefined ? fields : { ...fields, err: error },
    );
  });
  Runtime.install({
    shutdownSignals: [],
    logger,
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metricsAddress === undefined ? {} : { metrics: exporterAt(metricsAddress) }),
    },
  });
}

/** The names that Prometheus expects, which are those of Temporal's documentation. */
function exporterAt(bindAddress: string): NonNullable<TelemetryOptions['metrics']> {
  return {
    prometheus: {
      bindAddress,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
    },
  };
}
