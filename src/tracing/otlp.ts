import { context, trace } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { traceWith } from './spans';

/** A stage of spans: ended, taken by the collector, or not taken. Ended spans in neither of the others wait or were dropped. */
export type SpanFate = 'ended' | 'exported' | 'failed';

export interface TracingOptions {
  /** The names of this process unless the environment has others: `service.name`, `service.instance.id`. */
  readonly service: string;
  readonly instance: string;
  /** Called with a number of spans; it does not throw. */
  readonly count: (fate: SpanFate, spans: number) => void;
  /** Called when the collector stops or starts taking spans. */
  readonly onChange: (error: Error | undefined) => void;
}

/** The longest wait of a stopping process for a collector that does not answer. */
const LAST_EXPORT_MS = 3_000;

/**
 * Starts to make spans and to send them to the collector of the standard variables, in the background: a collector that
 * is slow or down loses spans and delays no request. The OpenTelemetry SDK is loaded here and nowhere else.
 * @returns a function that sends what is left, for at most 3 s, and stops
 */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import(
    '@opentelemetry/resources'
  );
  const names = resourceFromAttributes({
    'service.name': options.service,
    'service.instance.id': options.instance,
  });
  const given = detectResources({ detectors: [envDetector] });
  const sending = new BatchSpanProcessor(observedExporter(new OTLPTraceExporter(), options));
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(names).merge(given),
    spanProcessors: [sending, countingProcessor(options)],
  });
  provider.register({ propagator: null });
  traceWith(provider.getTracer('holdfast'));
  return async () => {
    traceWith(undefined);
    context.disable();
    trace.disable();
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, LAST_EXPORT_MS).unref());
    await Promise.race([provider.shutdown().catch(() => undefined), timeout]);
  };
}

function countingProcessor({ count }: TracingOptions) {
  return {
    onStart: () => undefined,
    onEnd: () => count('ended', 1),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
}

/** Counts what an exporter has sent, and tells when the collector stops or starts taking it. */
function observedExporter(exporter: SpanExporter, { count, onChange }: TracingOptions): SpanExporter {
  let isFailing = false;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== 0;
        count(hasFailed ? 'failed' : 'exported', spans.length);
        if (hasFailed !== isFailing)
          onChange(hasFailed ? (result.error ?? new Error('the collector took no spans')) : undefined);
        isFailing = hasFailed;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
