import { itemAtNodes } from '../../support/item-at-nodes';
import { type LiveApi, newKey, openLiveApi } from '../support/live-api';

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

test('the history of a saga has no personal data of its order, sealed or not', async () => {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 1 });
  const headers = { 'Idempotency-Key': newKey(), Prefer: 'wait=20' };
  const body = {
    customerId: sku,
    currency: 'EUR',
    lines: [{ sku, quantity: 1, unitPrice: 100 }],
    shipTo: { region: 'north' },
    externalId: 'planted-name',
    metadata: { email: 'planted-data' },
  };
  const { status, json } = await api.call('POST', '/v1/orders', body, headers);
  expect([status, json.status]).toEqual([200, 'APPROVED']);
  const { ordersReads, commands } = api.fixture.context.stores;
  const { workflowId = '' } = (await commands.commands([json.id])).get(json.id) ?? {};
  const { events } = await api.fixture.context.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const texts = (events ?? []).flatMap((event) => textsIn(event)).join('\n');
  expect(texts).toContain(sku);
  expect(texts).not.toContain('planted');
  const { sealed } = (await ordersReads.order(json.id)) ?? {};
  expect(texts).not.toContain(sealed?.slice(0, 40));
});

/** Collects every byte string and text in a message of Temporal, as text. */
function textsIn(value: unknown): string[] {
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1')];
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
