import { pino } from 'pino';
import { type MetricObject, Registry } from 'prom-client';
import { registerMetrics } from '../../src/http/framework/request-metrics';
import { registerStoreMetrics } from '../../src/main/roles/store-metrics';
import { ProcessMetrics } from '../../src/observability/process-metrics';
import { code, derivedPage, table } from './markdown';

const OWN = 'holdfast_';

/** Returns the page of all metrics. It registers them as the processes do, and reads no value. */
export function metricsPage(): string {
  const { registry } = new ProcessMetrics();
  registerStoreMetrics(registry, { stores: {} as never, logger: pino({ level: 'silent' }) });
  const api = new Registry();
  registerMetrics(api, { count: 0 });
  const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith(OWN));
  return derivedPage('Metrics', 'src/observability and src/http/framework/request-metrics.ts', [
    '`GET /metrics` of every process, in the text format of Prometheus. A worker or a relay in a process of its own has it on\n' +
      'its probe port. [Operate](../guides/operate.md#watch-it) says how to scrape it, and has the board and the alerts.',
    `## In every process\n\n${
      'Gauges that are read from the stores show the same in every process: take their maximum. Counters and histograms count what\n' +
      'their own process did: take their sum. `result` is `ok`, `refused` (a business outcome), `failed` (usually retried), or\n' +
      '`denied` (a third party does not accept the credentials of Holdfast).'
    }\n\n${metricsTable(own)}`,
    `## In a process with the API\n\n${metricsTable(api.getMetricsAsArray())}`,
    '## Of Node.js and the process\n\nEvery process also shows `process_*` (CPU, memory, open files) and `nodejs_*` (heap, garbage collection, and\n' +
      'the lag of the event loop, such as `nodejs_eventloop_lag_p99_seconds`), as prom-client names them. Some depend on the platform.',
    "## Of Temporal's SDK\n\nThe SDK counts for itself, under [the names that Temporal documents](https://docs.temporal.io/references/sdk-metrics), and serves\n" +
      'them on a port of their own: [`HOLDFAST_TEMPORAL_METRICS_PORT`](configuration.md). Without this variable they are not served.',
  ]);
}

/** A registered metric, with the labels that the types of prom-client leave out. */
type Registered = MetricObject & { readonly labelNames?: readonly string[] };

function metricsTable(metrics: readonly MetricObject[]): string {
  const rows = (metrics as readonly Registered[]).map((metric) => [
    code(metric.name),
    metric.constructor.name.toLowerCase(),
    (metric.labelNames ?? []).map(code).join(', '),
    metric.help,
  ]);
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}
