import { Gauge, Histogram, type Registry } from 'prom-client';

const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Records the duration of a request. `route` is the documented path, never the path that the caller sent. */
export type ObserveRequest = (method: string, route: string, status: number, seconds: number) => void;

/** The number of callers that follow an order. */
interface FollowedOrders {
  readonly count: number;
}

/** Registers the metrics of the followers of orders and of requests. */
export function registerMetrics(registry: Registry, timelines: FollowedOrders): ObserveRequest {
  registerFollowers(registry, timelines);
  const histogram = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer; of a stream, to its beginning',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return (method, route, status, seconds) => histogram.labels(method, route, String(status)).observe(seconds);
}

function registerFollowers(registry: Registry, timelines: FollowedOrders): void {
  new Gauge({
    name: 'holdfast_timeline_followers',
    help: 'Callers that follow an order',
    registers: [registry],
    collect() {
      this.set(timelines.count);
    },
  });
}
