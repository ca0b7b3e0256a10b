import { alive, readiness } from '../../contracts/api/probes';
import type { ApiDependencies } from '../api-dependencies';
import { type Operation, operation } from '../framework/operation';

/** Declares the routes of probes and metrics, which need no API key. */
export function probeRoutes({ isReady, metrics }: ApiDependencies): Operation[] {
  const livez = operation({
    method: 'get',
    path: '/livez',
    tag: 'Running',
    summary: 'Whether the process answers at all',
    scope: null,
    answers: { 200: { description: 'it does', schema: alive } },
    handle: async () => ({ status: 200, json: { status: 'ok' } }),
  });
  const readyz = operation({
    method: 'get',
    path: '/readyz',
    tag: 'Running',
    summary: 'Whether orders can be taken: Temporal and the stores can be reached',
    scope: null,
    answers: {
      200: { description: 'ready', schema: readiness },
      503: { description: 'not ready, and why', schema: readiness },
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
    tag: 'Running',
    summary: 'Metrics in the Prometheus text format',
    description:
      'Needs no key, as scrapers expect. It names no customer, but it tells how busy the service is: the port is ' +
      'bound to loopback unless configured otherwise, and a proxy that publishes the API should not publish this.',
    scope: null,
    answers: { 200: { description: 'the metrics', mediaType: 'text/plain' } },
    handle: async () => ({
      status: 200,
      text: { type: metrics.contentType, content: await metrics.metrics() },
    }),
  });
  return [livez, readyz, metricsText];
}
