import { alive, readiness } from '../../contracts/api/probes';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';

/** Declares the routes of probes and metrics, which need no API key. */
export function probeRoutes({ isReady, metrics }: ApiDependencies): Operation[] {
  const livez = operation({
    method: 'get',
    path: '/livez',
    operationId: 'checkLiveness',
    tag: 'Running',
    summary: 'Liveness probe: the process answers',
    scope: null,
    answers: { 200: { description: 'the process answers', schema: alive } },
    handle: async () => ({ status: 200, json: { status: 'ok' } }),
  });
  const readyz = operation({
    method: 'get',
    path: '/readyz',
    operationId: 'checkReadiness',
    tag: 'Running',
    summary: 'Readiness probe: Temporal and the stores are reachable',
    scope: null,
    answers: {
      200: { description: 'ready', schema: readiness },
      503: { description: 'not ready: the field that is false names the cause', schema: readiness },
    },
    async handle() {
      const found = await isReady().catch(() => ({ temporal: false, stores: false }));
      const ready = found.temporal && found.stores;
      return { status: ready ? 200 : 503, json: { status: ready ? 'ready' : 'not-ready', ...found } };
    },
  });
  const metricsText = operation({
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'Running',
    summary: 'Metrics in the Prometheus text format',
    description:
      'Needs no key, because scrapers send none. The metrics name no customer, but they show the load of the service: a ' +
      'proxy that publishes the API should not publish this path. By default the API listens on loopback only.',
    scope: null,
    answers: { 200: { description: 'the metrics', mediaType: 'text/plain' } },
    handle: async () => ({
      status: 200,
      text: { type: metrics.contentType, content: await metrics.metrics() },
    }),
  });
  return [livez, readyz, metricsText];
}
