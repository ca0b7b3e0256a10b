import { Parser } from '@asyncapi/parser';
import { z } from 'zod';
import type { EventView } from '../../../src/contracts/api/events';
import { LOGS } from '../../../src/contracts/logs';
import { messageOf } from '../../../src/events/channels/cloud-event';
import { loadDemoData } from '../../../tools/local/demo-data';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../../http/support/api-under-test';

interface Message {
  readonly payload: object;
  readonly examples: readonly { readonly payload: { readonly subject: string } }[];
}

interface Document {
  readonly channels: Readonly<Record<string, { readonly messages: object }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

let api: ApiUnderTest;
let text: string;
let document: Document;
let schemas: ReadonlyMap<string, z.ZodType>;

beforeAll(async () => {
  api = await startApi();
  const answer = await fetch(`${api.url}/asyncapi.json`);
  expect(answer.status).toBe(200);
  text = await answer.text();
  document = JSON.parse(text);
  // zod finds schemas under `$defs` only.
  const { components } = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Document;
  schemas = new Map(
    Object.entries(components.messages).map(([type, { payload }]) => [
      type,
      z.fromJSONSchema({ ...payload, $defs: components.schemas } as never),
    ]),
  );
});
afterAll(() => api.close());

test('GET /asyncapi.json is a valid AsyncAPI 3 document', async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(withOneMessageEach()));
  expect(diagnostics).toEqual([]);
  expect(parsed?.version()).toMatch(/^3[.]/);
  expect(Object.keys(document.channels)).toHaveLength(3 * LOGS.length);
}, 60_000);

/** Returns the document with all messages, and one reference to a message in each channel: the parser copies each. */
function withOneMessageEach(): Document {
  const channels = Object.entries(document.channels).map(([name, channel]) => {
    const references = Object.entries(channel.messages);
    for (const [type, reference] of references) {
      expect(reference).toEqual({ $ref: `#/components/messages/${type}` });
      expect(document.components.messages).toHaveProperty([type]);
    }
    return [name, { ...channel, messages: Object.fromEntries(references.slice(0, 1)) }];
  });
  return { ...document, channels: Object.fromEntries(channels) };
}

test('the sample of each event fits its schema, and no message without its key does', () => {
  for (const [type, { examples }] of Object.entries(document.components.messages)) {
    const [sample] = examples.map(({ payload }) => payload);
    expect([type, schemas.get(type)?.safeParse(sample).error?.issues]).toEqual([type, undefined]);
    expect([type, schemas.get(type)?.safeParse({ ...sample, data: {} }).success]).toEqual([type, false]);
  }
});

test('what Holdfast publishes of a shop fits the schemas', async () => {
  api.stand.sagas = 'direct';
  await loadDemoData(api.url, ADMIN_KEY);
  const headers = { 'Idempotency-Key': 'one', Prefer: 'wait=20' };
  const lines = [{ sku: 'MUG-01', quantity: 2, unitPrice: 1_999 }];
  const order = { customerId: 'ada', currency: 'EUR', lines, shipTo: { region: 'north' } };
  const { json } = await api.call('POST', '/v1/orders', order, headers);
  expect(json.status).toBe('APPROVED');
  const rejected = { ...order, customerId: 'short' };
  expect(
    (await api.call('POST', '/v1/orders', rejected, { ...headers, 'Idempotency-Key': 'two' })).json.status,
  ).toBe('REJECTED');
  const at = `/v1/shipments/${json.id.replace('ord_', 'shp_')}_1`;
  for (const what of ['accept', 'ship', 'deliver'])
    expect((await api.call('POST', `${at}/${what}`, undefined, { Prefer: 'wait=20' })).status).toBe(200);

  const types = new Set<string>();
  for (let after = '', more = true; more; ) {
    const page = (await api.call('GET', `/v1/events?limit=1000${after}`)).json;
    for (const event of page.items) types.add(checkedType(event));
    ({ more } = page);
    after = `&after=${page.next}`;
  }
  expect(types.size).toBeGreaterThan(12);
});

/** Checks the message of an event of the feed by its schema. */
function checkedType({ traceparent, ...event }: EventView): string {
  const { type } = event;
  const log = LOGS.find((name) => type.startsWith(`${name}.`));
  if (!log) throw new Error(`${type} is of no log`);
  const { body } = messageOf(log, { ...event, traceparent: traceparent ?? null, position: 0 });
  const { error } = schemas.get(type)?.safeParse(JSON.parse(body)) ?? { error: { issues: 'no schema' } };
  expect([body, error?.issues]).toEqual([body, undefined]);
  return type;
}
