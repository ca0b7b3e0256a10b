import {
  type Attributes,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parsedTraceparent, traceparentOf } from './traceparent';

/** The traceparent of a request that led to some work; undefined when it had none. */
type Origin = string | undefined;

export interface SpanOptions {
  /** `server` for a request that came in, `client` for a call to another system; else work of this process. */
  readonly kind?: 'server' | 'client';
  /** Ids, names and numbers. Never a value of a customer, a statement or a query string. */
  readonly attributes?: Attributes;
  /**
   * The requests that led to the work, whichever request this process happens to serve. One: the span continues its
   * trace. Several: the span begins a trace of its own, with a link to each of theirs. Absent: the span is a child of
   * the active one.
   */
  readonly origins?: readonly Origin[];
}

let tracer: Tracer | undefined;

/** Makes spans with a tracer from now on; undefined: no span is made, and work runs as if it had none. */
export function traceWith(next: Tracer | undefined): void {
  tracer = next;
}

/** Runs work in a span, which ends with it. */
export function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return inSpanUntil(name, options, work, () => undefined);
}

/**
 * Runs work in a span that ends when what the work has begun has ended too: `until` returns a promise of that, or
 * undefined when it has ended already.
 */
export async function inSpanUntil<T>(
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
  until: (result: T) => Promise<unknown> | undefined,
): Promise<T> {
  if (!tracer) return work();
  const span = started(tracer, name, options);
  try {
    const result = await runIn(span, work);
    const rest = until(result);
    if (rest === undefined) span.end();
    else
      rest.then(
        () => span.end(),
        (error: unknown) => endFailed(span, error),
      );
    return result;
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
}

/**
 * Runs work in a child of the active span; without one, work has no span. The many statements that no request has asked
 * for, such as those of subscriptions, make no traces in this way.
 */
export function inChildSpan<T>(
  name: () => string,
  options: Omit<SpanOptions, 'origins'>,
  work: () => Promise<T>,
): Promise<T> {
  return activeSpan() === undefined ? work() : inSpan(name(), options, work);
}

/** Runs work whose statements make no spans, such as a poll. */
export function untraced<T>(work: () => T): T {
  return tracer === undefined ? work() : context.with(ROOT_CONTEXT, work);
}

/** Starts the span of a request that came in. It ends by `end`, after the answer. */
export function startRequestSpan(method: string, origin: Origin): RequestSpan | undefined {
  if (!tracer) return undefined;
  const attributes = { 'http.request.method': method };
  const span = started(tracer, method, { kind: 'server', attributes, origins: [origin] });
  return {
    run: (work) => runIn(span, work),
    end({ route, status, requestId }) {
      if (route !== undefined) span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      span.setAttribute('http.response.status_code', status).setAttribute('holdfast.request_id', requestId);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

export interface RequestSpan {
  run<T>(work: () => T): T;
  end(answer: AnsweredRequest): void;
}

export interface AnsweredRequest {
  /** The path of the operation with its parameters by name; undefined when no operation has answered. */
  readonly route: string | undefined;
  readonly status: number;
  readonly requestId: string;
}

/** Adds to the active span what became known during its work. */
export function describeSpan(attributes: Attributes): void {
  activeSpan()?.setAttributes(attributes);
}

/** Notes a moment within the active span. */
export function noteInSpan(name: () => string): void {
  activeSpan()?.addEvent(name());
}

/** Returns the traceparent of the active span, for what continues its trace elsewhere. */
export function activeTraceparent(): string | undefined {
  const span = activeSpan();
  return span && traceparentOf(span.spanContext());
}

/** Returns the active span; undefined also when it has ended, or its trace is not sampled. */
function activeSpan(): Span | undefined {
  if (tracer === undefined) return undefined;
  const span = trace.getActiveSpan();
  return span?.isRecording() ? span : undefined;
}

function runIn<T>(span: Span, work: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, span), work);
}

function started(from: Tracer, name: string, { kind, attributes = {}, origins }: SpanOptions): Span {
  const options = { kind: KINDS[kind ?? 'internal'], attributes };
  if (origins === undefined) return from.startSpan(name, options, context.active());
  const contexts = origins.flatMap((origin) => parsedTraceparent(origin) ?? []);
  const [only] = contexts;
  if (origins.length === 1 && only)
    return from.startSpan(name, options, trace.setSpanContext(ROOT_CONTEXT, only));
  return from.startSpan(name, { ...options, links: contexts.map(linkTo) }, ROOT_CONTEXT);
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

function linkTo(linked: SpanContext): Link {
  return { context: linked };
}

/** Ends a span with the type of an error. Its message is left out, because it may repeat data. */
function endFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', typeOf(error));
  span.end();
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
