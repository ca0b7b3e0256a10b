import type { IncomingHttpHeaders } from 'node:http';
import { activeTraceparent } from '../../tracing/spans';
import { parsedTraceparent } from '../../tracing/traceparent';

/** Returns the W3C trace context that a request came with. An invalid one is ignored, as the standard requires. */
export function givenTrace({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && parsedTraceparent(traceparent) ? traceparent : undefined;
}

/** Returns the trace context that everything a request leads to continues: its own span, else the one it came with. */
export function traceOf(headers: IncomingHttpHeaders): { readonly traceparent?: string } {
  const traceparent = activeTraceparent() ?? givenTrace(headers);
  return traceparent === undefined ? {} : { traceparent };
}
