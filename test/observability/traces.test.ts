import { startWholeHoldfast, type WholeHoldfast } from '../documents/whole-holdfast';
import { eventually } from '../support/saga-fixture';
import {
  type CollectedSpan,
  startTraceCollector,
  type TraceCollector,
  treeOf,
} from './support/trace-collector';

const CALLER_SPAN = 'b7ad6b7169203331';

let collector: TraceCollector;
let whole: WholeHoldfast;

beforeAll(async () => {
  collector = await startTraceCollector();
  whole = await startWholeHoldfast({
    HOLDFAST_LOG_LEVEL: 'warn',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  await call('PUT', '/v1/items/ATLAS', { name: 'sold by a partner alone', backorder: { mode: 'none' } });
  const count = { messageId: 'atlas', sequence: 1, sku: 'ATLAS', nodeId: 'pa-lumen', count: 50 };
  await call('POST', '/v1/feeds/lumen', [{ ...count, observedAt: new Date().toISOString() }]);
});

afterAll(async () => {
  await whole.stop();
  await collector.close();
});

async function call(method: string, route: string, body?: object, headers = {}) {
  const { HOLDFAST, KEY } = whole.environment;
  const response = await fetch(`${HOLDFAST}${route}`, {
    method,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { readonly id?: string };
}

/** Places an order of one unit, and waits for its decision. */
function order(key: string, sku: string, traceId: string) {
  const lines = [{ sku, quantity: 1, unitPrice: 1 }];
  const body = { customerId: 'ada', currency: 'EUR', shipTo: { region: 'west' }, lines };
  const traceparent = `00-${traceId}-${CALLER_SPAN}-01`;
  return call('POST', '/v1/orders', body, { 'idempotency-key': key, prefer: 'wait=30', traceparent });
}

/** Makes a trace id of a test. */
function traceOf(test: number, order = 0): string {
  return `${test}`.padEnd(28, '0') + `${order}`.padStart(4, '0');
}

function spansOf(trace: string): readonly CollectedSpan[] {
  return collector.spans.filter(({ traceId }) => traceId === trace);
}

test('the trace of an order goes from its request through its saga to the stores and the partner', async () => {
  const { id } = await order('lone', 'ATLAS', traceOf(1));
  await eventually(async () => {
    const spans = spansOf(traceOf(1));
    const request = spans.find(({ name }) => name === 'POST /v1/orders');
    // The request itself reads the order for its answer; how often is not part of this rule.
    const steps = spans.filter(({ name, parentSpanId }) => {
      return parentSpanId !== request?.spanId || !name.startsWith('SELECT');
    });
    expect(treeOf(steps, CALLER_SPAN)).toEqual([
      'POST /v1/orders',
      '  batch create',
      '    record create',
      '      INSERT command, order, order_item, event',
      '    saga createOrders',
      '      holdCredit',
      '        credit transaction',
      '      commitStock',
      '        inventory transaction',
      '      askPartners',
      '        inventory transaction',
      '      reserveAtPartner',
      '        party book',
      '      notePartnerReply',
      '        inventory transaction',
      '      decideOrder',
      '        orders transaction',
    ]);
    expect(steps.every(({ service }) => service === 'holdfast-server')).toBe(true);
    const named = new Map(steps.map((span) => [span.name, span]));
    expect(named.get('POST /v1/orders')?.attributes).toMatchObject({
      'http.response.status_code': 200,
      'holdfast.command_id': id,
    });
    expect(named.get('reserveAtPartner')?.attributes).toMatchObject({ 'temporal.attempt': 1 });
    expect(named.get('party book')?.attributes).toEqual({
      'holdfast.party': 'pa-lumen',
      'holdfast.answer': 'booked',
    });
    expect(named.get('credit transaction')?.events.map(({ name }) => name)).toEqual([
      'connected',
      'BEGIN',
      'SELECT account',
      'SELECT step_answer, account, hold',
      expect.stringMatching(/^INSERT /),
      'COMMIT',
    ]);
  });
});

test('a batch of several orders is a trace of its own, with links to the traces of their requests', async () => {
  const traces = Array.from({ length: 40 }, (_, at) => traceOf(2, at));
  await Promise.all(traces.map((trace, at) => order(`batch-${at}`, 'MUG-01', trace)));
  await eventually(async () => {
    const batches = collector.spans.filter(({ name, attributes }) => {
      return name === 'batch create' && Number(attributes['holdfast.commands']) > 1;
    });
    expect(batches).not.toEqual([]);
    for (const { traceId, spanId, attributes, links } of batches) {
      const linked = links.map((link) => link.traceId);
      expect(new Set(linked).size).toBe(Number(attributes['holdfast.commands']));
      expect(linked.filter((trace) => !traces.includes(trace))).toEqual([]);
      expect(treeOf(spansOf(traceId), spanId)).toEqual(
        expect.arrayContaining([
          'record create',
          'saga createOrders',
          '  decideOrder',
          '    orders transaction',
        ]),
      );
      const requests = linked.map((trace) => spansOf(trace).find(({ name }) => name === 'POST /v1/orders'));
      const workflows = requests.map((request) => request?.attributes['temporal.workflow_id']);
      expect(new Set(workflows)).toEqual(new Set([attributes['temporal.workflow_id']]));
    }
  });
});

test('no span repeats a body, a query string, a customer or a value of a statement', async () => {
  await call('GET', '/v1/orders?customerId=ada&externalId=planted-query');
  await call('GET', '/v1/credit-accounts/ada');
  await eventually(async () => expect(collector.text).toContain('GET /v1/credit-accounts/{customerId}'));
  for (const secret of ['"ada"', '/ada', 'planted-query', 'customerId=', 'ATLAS', 'MUG-01', 'west', '$1'])
    expect({ secret, isThere: collector.text.includes(secret) }).toEqual({ secret, isThere: false });
});

test('a collector that refuses or hangs delays no order; it is logged once and counted', async () => {
  const warnings = () => whole.output().match(/takes no spans/g)?.length ?? 0;
  const before = warnings();
  for (const mode of ['refuses', 'hangs'] as const) {
    collector.mode = mode;
    const { exports } = collector;
    expect(await order(mode, 'MUG-01', traceOf(3))).toMatchObject({ status: 'APPROVED' });
    await eventually(async () => expect(collector.exports).toBeGreaterThan(exports));
  }
  await eventually(async () => {
    const text = await (await fetch(`${whole.environment.HOLDFAST}/metrics`)).text();
    const [, failed] = /^holdfast_spans_total\{fate="failed"\} (\d+)$/m.exec(text) ?? [];
    expect(Number(failed)).toBeGreaterThan(10);
  });
  expect(warnings()).toBe(before + 1);
  collector.mode = 'takes';
  await order('again', 'MUG-01', traceOf(4));
  await eventually(async () => expect(spansOf(traceOf(4))).not.toEqual([]));
});
