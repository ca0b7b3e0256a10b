import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector gets it, with its attributes as plain values. */
export interface CollectedSpan {
  readonly service: unknown;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string }[];
  readonly events: readonly { readonly name: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

/** A collector of traces: OTLP over HTTP, in JSON. */
export interface TraceCollector {
  readonly url: string;
  /** `refuses` answers 400; `hangs` does not answer. */
  mode: 'takes' | 'refuses' | 'hangs';
  /** The number of exports that arrived, taken or not. */
  readonly exports: number;
  /** Everything that was taken, as it arrived. */
  readonly text: string;
  readonly spans: readonly CollectedSpan[];
  close(): Promise<void>;
}

interface Keyed {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Keyed[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes' | 'service'> & {
        readonly attributes: readonly Keyed[];
      })[];
    }[];
  }[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const taken: string[] = [];
  let exports = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    exports += 1;
    if (collector.mode === 'hangs') return;
    if (collector.mode === 'takes') taken.push(body);
    response.writeHead(collector.mode === 'takes' ? 200 : 400, { 'content-type': 'application/json' });
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector: TraceCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'takes',
    get exports() {
      return exports;
    },
    get text() {
      return taken.join('\n');
    },
    get spans() {
      return taken.flatMap((body) => spansIn(JSON.parse(body) as Exported));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return collector;
}

function spansIn({ resourceSpans }: Exported): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const { 'service.name': service } = plain(resource.attributes);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, service, attributes: plain(span.attributes) })),
    );
  });
}

function plain(attributes: readonly Keyed[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** Shows spans of one trace as a tree beneath a span: a line each, indented by depth, in the order of their starts. */
export function treeOf(spans: readonly CollectedSpan[], root: string): readonly string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === root)
    .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
    .flatMap(({ name, spanId }) => [name, ...treeOf(spans, spanId).map((line) => `  ${line}`)]);
}
