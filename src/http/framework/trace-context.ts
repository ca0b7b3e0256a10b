import type { IncomingHttpHeaders } from 'node:http';

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Returns the W3C trace context of a request. An invalid one is ignored, as the standard requires. */
export function traceOf({ traceparent }: IncomingHttpHeaders): { readonly traceparent?: string } {
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}
