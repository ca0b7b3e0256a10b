import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { startWholeHoldfast } from '../documents/whole-holdfast';

type Holdfast = Awaited<ReturnType<typeof startWholeHoldfast>>;

const KEYS = `new:${randomBytes(32).toString('base64')}, old:${randomBytes(32).toString('base64')}`;
const WEB_UI = 'http://127.0.0.1:8233';

let holdfast: Holdfast;
let temporal: Connection;

beforeAll(async () => {
  holdfast = await startWholeHoldfast({ HOLDFAST_PAYLOAD_KEYS: KEYS, TEMPORAL_UI_URL: WEB_UI });
  temporal = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
});

afterAll(async () => {
  await temporal.close();
  await holdfast.stop();
});

function ask(path: string, headers: Record<string, string>, body: object): Promise<Response> {
  return fetch(`${holdfast.environment.HOLDFAST}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const withKey = () => ({ authorization: `Bearer ${holdfast.environment.KEY}` });

/** Places an order that its customer cannot pay. Returns the history of its saga as Temporal has it. */
async function refusedOrder() {
  const answer = await ask(
    '/v1/orders',
    { ...withKey(), 'idempotency-key': 'in-secret', prefer: 'wait=60' },
    {
      customerId: 'ada',
      currency: 'EUR',
      lines: [{ sku: 'MUG-01', quantity: 1, unitPrice: 900_000_000 }],
      shipTo: { region: 'north' },
    },
  );
  const order = (await answer.json()) as { id: string; status: string; links: { webUi: string } };
  const workflowId = decodeURIComponent(order.links.webUi.split('/').at(-1) ?? '');
  const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId },
    waitNewEvent: true,
    historyEventFilterType: 2,
  });
  const whole = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId },
  });
  return { order, end: history, events: whole.history?.events ?? [] };
}

test('Temporal gets nothing of an order in plain text but its id, and the codec endpoint decrypts it', async () => {
  const { order, events } = await refusedOrder();
  expect(order).toMatchObject({ status: 'REJECTED', reason: 'CREDIT_LIMIT_EXCEEDED' });
  const payloads = events.flatMap(
    ({
      workflowExecutionStartedEventAttributes: started,
      workflowExecutionCompletedEventAttributes: ended,
    }) => [...(started?.input?.payloads ?? []), ...(ended?.result?.payloads ?? [])],
  );
  expect(payloads.map(({ metadata }) => Buffer.from(metadata?.encoding ?? []).toString())).toEqual([
    'binary/encrypted',
    'binary/encrypted',
  ]);
  const bytes = Buffer.concat(events.flatMap((event) => bytesIn(event)));
  for (const secret of ['MUG-01', 'ada', 'releaseCredit', 'available credit'])
    expect({ secret, isThere: bytes.includes(secret) }).toEqual({
      secret,
      isThere: secret === 'releaseCredit',
    });

  const json = payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  }));
  const answer = await ask('/v1/codec/decode', withKey(), { payloads: json });
  expect(answer.status).toBe(200);
  const decoded = (await answer.json()) as { payloads: { data: string }[] };
  const texts = decoded.payloads.map(({ data }) => Buffer.from(data, 'base64').toString());
  expect(texts[0]).toContain(`Order ${order.id}: 1 x MUG-01 for ada, EUR 9000000.00`);
  expect(texts[1]).toContain('REJECTED');
});

test('the codec endpoint needs a key; the Web UI sends it by the cookie of the operator’s page, no other site may', async () => {
  const nothing = { payloads: [] };
  expect((await ask('/v1/codec/decode', {}, nothing)).status).toBe(401);
  const cookie = `other=1; holdfast_codec=${holdfast.environment.KEY}`;
  const fromUi = await ask('/v1/codec/decode', { cookie, origin: WEB_UI }, nothing);
  expect(fromUi.status).toBe(200);
  expect(fromUi.headers.get('access-control-allow-origin')).toBe(WEB_UI);
  expect(fromUi.headers.get('access-control-allow-credentials')).toBe('true');
  const fromElsewhere = await ask('/v1/codec/decode', { cookie, origin: 'http://evil.test' }, nothing);
  expect(fromElsewhere.status).toBe(401);
  expect(fromElsewhere.headers.get('access-control-allow-origin')).toBeNull();
  const preflight = await fetch(`${holdfast.environment.HOLDFAST}/v1/codec/decode`, {
    method: 'OPTIONS',
    headers: { origin: WEB_UI, 'access-control-request-method': 'POST' },
  });
  expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
    204,
    'authorization, content-type, x-namespace',
  ]);
});

/** Collects every byte string and text in a message of Temporal. */
function bytesIn(value: unknown): Buffer[] {
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  if (typeof value === 'string') return [Buffer.from(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(bytesIn);
}
