import { collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import type { Intakes } from '../../intake/intakes';

const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Records the duration of a request. `route` is the documented path, never the path that the caller sent. */
export type ObserveRequest = (method: string, route: string, status: number, seconds: number) => void;

/** The number of callers that follow an order. */
interface FollowedOrders {
  readonly count: number;
}

/** Registers the metrics of the process, its intakes, the followers of orders, and requests. */
export function registerMetrics(
  registry: Registry,
  intakes: Intakes,
  timelines: FollowedOrders,
): ObserveRequest {
  collectDefaultMetrics({ register: registry });
  registerIntakes(registry, intakes);
  registerFollowers(registry, timelines);
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer; of a stream, to its beginning',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return (method, route, status, seconds) => histogram.labels(method, route, String(status)).observe(seconds);
}

function registerIntakes(registry: Registry, intakes: Intakes): void {
  const intakesByName = Object.entries(intakes);
  new Gauge({
    name: 'intake_waiting_commands',
    help: 'Commands that wait for a saga to carry them',
    labelNames: ['intake'],
    registers: [registry],
    collect() {
      for (const [name, { waiting }] of intakesByName) this.labels(name).set(waiting);
    },
  });
  new Gauge({
    name: 'intake_sagas_in_flight',
    help: 'Sagas under way that take up a slot of their intake',
    labelNames: ['intake'],
    registers: [registry],
    collect() {
      for (const [name, { inFlight }] of intakesByName) this.labels(name).set(inFlight);
    },
  });
}

function registerFollowers(registry: Registry, timelines: FollowedOrders): void {
  new Gauge({
    name: 'timeline_followers',
    help: 'Callers that follow an order',
    registers: [registry],
    collect() {
      this.set(timelines.count);
    },
  });
}
