import type { ApiUnderTest } from './api-under-test';

/** Creates one warehouse and one item with stock, through the API. */
export async function setUpCatalogue(api: ApiUnderTest, count: number): Promise<void> {
  const answers = [
    await api.call('PUT', '/v1/nodes/wh-1', { name: 'Warehouse', kind: 'warehouse', region: 'north' }),
    await api.call('PUT', '/v1/items/SKU-1', { name: 'Lamp' }),
    await api.call('PUT', '/v1/sources/wms', { name: 'WMS', basis: 'on_hand', nodes: ['wh-1'] }),
    await api.call('POST', '/v1/feeds/wms', [countRow({ count })]),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
}

export function countRow(changes: object = {}): object {
  return {
    messageId: 'msg-1',
    sequence: 1,
    sku: 'SKU-1',
    nodeId: 'wh-1',
    count: 10,
    observedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

/** Opens an account with plenty of credit. */
export async function openAccount(api: ApiUnderTest, customerId: string): Promise<void> {
  const account = { currency: 'EUR', limit: 1_000_000_000 };
  expect((await api.call('PUT', `/v1/credit-accounts/${customerId}`, account)).status).toBe(200);
}
