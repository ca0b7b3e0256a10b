import { context, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { traceWith } from '../../../src/tracing/spans';

/** The spans of the tests of one file. */
export interface TracedTest {
  /** Makes spans, or none, from now on. */
  trace(isOn: boolean): void;
  /** Returns the spans of this test that have ended, by name. */
  ended(): ReadonlyMap<string, ReadableSpan>;
}

/** Makes spans in the tests of a file and keeps them in memory. */
export function tracedTest(): TracedTest {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const traced = {
    trace: (isOn: boolean) => traceWith(isOn ? provider.getTracer('test') : undefined),
    ended: () => new Map(exporter.getFinishedSpans().map((span) => [span.name, span])),
  };
  beforeAll(() => {
    provider.register();
    traced.trace(true);
  });
  beforeEach(() => exporter.reset());
  afterAll(async () => {
    traced.trace(false);
    context.disable();
    trace.disable();
    await provider.shutdown();
  });
  return traced;
}
