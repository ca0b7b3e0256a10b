import { SpanStatusCode } from '@opentelemetry/api';
import {
  activeTraceparent,
  describeSpan,
  inChildSpan,
  inSpan,
  inSpanUntil,
  startRequestSpan,
  untraced,
} from '../../src/tracing/spans';
import { tracedTest } from './support/traced-test';

const ONE = `00-${'1'.repeat(32)}-${'a'.repeat(16)}-01`;
const OTHER = `00-${'2'.repeat(32)}-${'b'.repeat(16)}-01`;

const traced = tracedTest();
const { ended } = traced;

const nothing = async () => undefined;

test('work of one request continues its trace, whatever span is active', async () => {
  await inSpan('around', {}, () => inSpan('work', { origins: [ONE] }, nothing));
  const span = ended().get('work');
  expect(span?.spanContext().traceId).toBe('1'.repeat(32));
  expect(span?.parentSpanContext?.spanId).toBe('a'.repeat(16));
  expect(span?.links).toEqual([]);
});

test('work of several requests has a trace of its own with links to those that have one', async () => {
  await inSpan('work', { origins: [ONE, undefined, OTHER, 'no traceparent'] }, nothing);
  const span = ended().get('work');
  expect(span?.parentSpanContext).toBeUndefined();
  expect(span?.links.map((link) => link.context.traceId)).toEqual(['1'.repeat(32), '2'.repeat(32)]);
});

test('a request that its caller does not sample makes no span, and keeps the context of the caller', async () => {
  const span = startRequestSpan('GET', ONE.replace(/01$/, '00'));
  expect(span?.run(activeTraceparent)).toBeUndefined();
  span?.run(() => inChildSpan(() => 'statement', {}, nothing));
  span?.end({ route: '/x', status: 200, requestId: 'r' });
  expect([...ended().keys()]).toEqual([]);
});

test('a child needs an active span that has not ended, and a poll has none', async () => {
  let late: () => Promise<unknown> = nothing;
  await inChildSpan(() => 'without', {}, nothing);
  await inSpan('work', {}, async () => {
    await inChildSpan(() => 'child', {}, nothing);
    await untraced(() => inChildSpan(() => 'poll', {}, nothing));
    const { promise, go } = gate();
    late = async () => go();
    void promise.then(() => inChildSpan(() => 'late', {}, nothing));
  });
  await late();
  await inSpan('last', {}, nothing);
  expect([...ended().keys()]).toEqual(['child', 'work', 'last']);
});

test('a span ends when what its work has begun has ended', async () => {
  const { promise, go } = gate();
  await inSpanUntil('work', {}, nothing, () => promise);
  expect(ended().size).toBe(0);
  go();
  await promise;
  expect([...ended().keys()]).toEqual(['work']);
});

test('the span of failed work has the type of the error and not its message', async () => {
  const error = Object.assign(new Error('the row (ada, 12) is refused'), { code: '23514' });
  await expect(inSpan('work', {}, () => Promise.reject(error))).rejects.toBe(error);
  const span = ended().get('work');
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span?.attributes).toEqual({ 'error.type': '23514' });
  expect(span?.events).toEqual([]);
});

test('without a tracer work runs and has no span', async () => {
  traced.trace(false);
  const done = await inSpan('work', { origins: [ONE] }, async () => {
    describeSpan({ some: 'thing' });
    return activeTraceparent() ?? 'no trace';
  });
  expect(startRequestSpan('GET', ONE)).toBeUndefined();
  traced.trace(true);
  expect(done).toBe('no trace');
  expect(ended().size).toBe(0);
});

function gate() {
  let go: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    go = resolve;
  });
  return { promise, go };
}
