import type { Browser } from 'playwright-core';
import { projectFromStart } from '../../src/main/roles/projections';
import { park } from '../../src/stores/log/parked-events';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { ORDER } from '../http/support/samples';
import { missingBrowser, Operator, startBrowser } from './browser';

const missing = missingBrowser();
const inBrowser = missing === undefined ? test : test.skip;
if (missing !== undefined) console.warn(`skipped: the operator's page in a browser: ${missing}`);

let api: ApiUnderTest;
let browser: Browser | undefined;
let operator: Operator;
let keys = 0;

beforeAll(async () => {
  if (missing !== undefined) return;
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 20);
  await openAccount(api, 'cust-1');
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});
afterEach(async () => {
  if (missing !== undefined) return;
  expect([operator.foreign, operator.complaints]).toEqual([[], []]);
  await operator.close();
});

async function opened(options: Parameters<typeof Operator.at>[2] = {}): Promise<Operator> {
  if (!browser) throw new Error('no browser runs');
  operator = await Operator.at(browser, api.url, options);
  return operator;
}

async function signedIn(key = ADMIN_KEY, options: Parameters<typeof Operator.at>[2] = {}): Promise<Operator> {
  await opened(options);
  await operator.signIn(key);
  await operator.sees('Sign out');
  return operator;
}

const post = async (path: string, body?: unknown) => {
  const answer = await api.call('POST', path, body, {
    'Idempotency-Key': `key-${++keys}`,
    Prefer: 'wait=10',
  });
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.json;
};
const place = (changes: object = {}) => post('/v1/orders', { ...ORDER, ...changes });

inBrowser('a key that is not known is refused in words, and a known one opens the orders', async () => {
  await opened();
  await operator.signIn('hf_nobody');
  await operator.sees('Holdfast does not know this key.');
  await operator.signIn(ADMIN_KEY);
  await operator.page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
  await operator.page.reload();
  await operator.page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
  await operator.page.getByRole('button', { name: 'Sign out' }).click();
  await operator.sees('API key');
});

inBrowser('an order is seen from its placing to its delivery, while it happens', async () => {
  await signedIn();
  const { id } = await place({ externalId: 'web-4711' });
  await operator.page.getByRole('link', { name: id }).click();
  await operator.sees('Order approved');
  const [shipment] = (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
  for (const [report, words] of [
    ['accept', 'Shipment accepted'],
    ['ship', 'Payment captured'],
    ['deliver', 'Shipment delivered'],
  ] as const) {
    await post(`/v1/shipments/${shipment.id}/${report}`, report === 'ship' ? {} : undefined);
    await operator.sees(words);
  }
  await operator.page.locator('.headline').getByText('Delivered').waitFor();
  const slider = operator.page.getByRole('slider');
  await slider.focus();
  await operator.page.keyboard.press('Home');
  await operator.page.getByRole('heading', { name: 'As it was' }).waitFor();
  await operator.page.locator('#state ~ .headline').getByText('Pending').waitFor();
});

inBrowser('a rejected order says why, with every term as it was at its decision', async () => {
  const { id } = await place({ lines: [{ sku: 'SKU-1', quantity: 900, unitPrice: 1 }] });
  await signedIn();
  await operator.open('orders', id);
  const why = operator.page.getByRole('region', { name: 'Why it was rejected: Out of stock' });
  await why.getByText('Ask for what is available').waitFor();
  const missingUnits = why.getByRole('table', { name: 'Missing units' });
  expect(await missingUnits.getByRole('row').nth(1).innerText()).toMatch(/^SKU-1\s+900\s+\d+\s+\d+$/);
  await why.getByRole('cell', { name: 'wh-1' }).waitFor();
  await operator.page.getByText('done, then undone').waitFor();
});

/** Places an order whose saga stops before its decision. */
async function stoppedOrder(): Promise<string> {
  api.stand.sagas = 'never';
  const { json } = await api.call('POST', '/v1/orders', ORDER, { 'Idempotency-Key': `key-${++keys}` });
  api.stand.sagas = 'direct';
  const { workflowId = '' } = (await api.stores.commands.listed(json.id)) ?? {};
  const attention = { remaining: ['decideOrder'], failure: 'the account is gone' };
  expect(await api.stores.commands.requireAttention(workflowId, json.id, attention)).toBe(true);
  return json.id;
}

inBrowser('a saga that needs a person is resolved with a note, and its order shows who did it', async () => {
  const id = await stoppedOrder();
  await signedIn();
  await operator.page.getByRole('link', { name: 'Attention' }).click();
  await operator.sees('the account is gone');
  await operator.page.getByRole('button', { name: 'Resolve…' }).click();
  await operator.page
    .getByLabel('What was done, for the record')
    .fill('credit released by hand, ticket 4711');
  await operator.page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await operator.sees('Nothing needs a person.');
  await operator.sees('It is resolved.');
  await operator.open('orders', id);
  await operator.sees('Resolved by tester');
  await operator.sees('credit released by hand, ticket 4711');
});

inBrowser('a saga that stopped again after a retry shows who retried it', async () => {
  const id = await stoppedOrder();
  const support = { caller: 'night shift', keyId: 'key_0000000000000000' };
  expect(await api.stores.commands.retry(id, `createOrders/${id}/again`, support)).toBe(true);
  const attention = { remaining: ['decideOrder'], failure: 'the account is still gone' };
  await api.stores.commands.requireAttention(`createOrders/${id}/again`, id, attention);
  await signedIn();
  await operator.page.getByRole('link', { name: 'Attention' }).click();
  await operator.sees('the account is still gone');
  await operator.sees('retried by night shift');
});

inBrowser('a key is told in words what it may not do, and is offered nothing else', async () => {
  await stoppedOrder();
  await api.stores.apiKeys.put('hf_reader', { caller: 'support', scopes: ['orders:read', 'sagas:read'] });
  await signedIn('hf_reader');
  await operator.open('attention');
  await operator.sees('Your key may not retry or resolve it');
  expect(await operator.page.getByRole('button', { name: 'Retry' }).count()).toBe(0);
  for (const [place, scope] of [
    ['stock', 'inventory:read'],
    ['subscriptions', 'events:read'],
    ['webhooks', 'webhooks:read'],
  ] as const) {
    await operator.open(place);
    await operator.sees(scope);
  }
});

inBrowser('an order is found without a mouse', async () => {
  const { id } = await place({ externalId: 'web-by-keyboard' });
  await opened();
  const { keyboard } = operator.page;
  const focused = operator.page.locator(':focus');
  await operator.page.getByLabel('API key').focus();
  await keyboard.type(ADMIN_KEY);
  await keyboard.press('Enter');
  await operator.sees('Sign out');
  for (let tabs = 0; tabs < 20 && (await focused.textContent()) !== 'Skip to the content'; tabs++)
    await keyboard.press('Shift+Tab');
  expect(await focused.textContent()).toBe('Skip to the content');
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.type('web-by-keyboard');
  await keyboard.press('Enter');
  await operator.page.getByRole('heading', { name: id }).waitFor();
  await keyboard.press('Tab');
  expect(await focused.getAttribute('aria-label')).toBe(`Copy ${id}`);
  await keyboard.press('Enter');
  await operator.sees(`${id} is copied`);
});

/** Registers a subscription, as a relay does, and parks an event of it. */
async function parkedEvent(): Promise<void> {
  await api.stores.subscriptions.orders.register({ name: 'order-fills', kind: 'reaction', revision: 1 });
  const [event] = (await api.call('GET', '/v1/events?types=orders.*&limit=1')).json.items;
  await park(api.stores.logs.orders, 'order-fills', { ...event, position: 1 }, 'the handler failed on it');
}

inBrowser('a parked event is dropped with a note, and a subscription is replayed from a moment', async () => {
  await parkedEvent();
  await signedIn();
  await operator.open('subscriptions');
  await operator.sees('the handler failed on it');
  await operator.page.getByRole('button', { name: 'Drop…' }).click();
  await operator.page.getByLabel('Why it need not be handled').fill('the customer was told by phone');
  await operator.page.getByRole('button', { name: 'Drop it' }).click();
  await operator.sees('The event is dropped');
  await operator.page.getByText('the handler failed on it').waitFor({ state: 'detached' });
  await operator.page.getByRole('button', { name: 'Replay…' }).click();
  await operator.page.getByLabel('From').fill('2026-11-22T16:00:00');
  await operator.page.getByRole('button', { name: 'Replay', exact: true }).click();
  await operator.sees('order-fills starts again from 2026-11-2');
});

inBrowser('a subscription that no relay runs is removed, and one that runs is not', async () => {
  const { orders } = api.stores.subscriptions;
  for (const name of ['old-orders', 'running-orders'])
    await orders.register({ name, kind: 'reaction', revision: 1 });
  await orders.log.$executeRaw`
    UPDATE subscription SET moved_at = moved_at - interval '1 minute' WHERE name = 'old-orders'`;
  await signedIn();
  await operator.open('subscriptions');
  const removal = (name: string) =>
    operator.page.locator('.card', { hasText: name }).getByRole('button', { name: 'Remove…' });
  await removal('old-orders').click();
  expect(await removal('running-orders').count()).toBe(0);
  await operator.page.getByRole('button', { name: 'Remove', exact: true }).click();
  await operator.sees('old-orders is removed.');
});

inBrowser('the trends show which nodes did not deliver, and how long orders took', async () => {
  const { id } = await place();
  const [shipment] = (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
  const { lineId } = shipment.lines[0];
  await post(`/v1/shipments/${shipment.id}/reject`, { lineId, quantity: 1, reason: 'NO_CAPACITY' });
  await projectFromStart(api.stores);
  await signedIn();
  await operator.open('trends');
  const nodes = operator.page.getByRole('table', { name: 'Rejected units by node' });
  expect(await nodes.getByRole('row').nth(1).innerText()).toMatch(/^wh-1\s+\d+\s+1\s+[\d.]+ %$/);
  const durations = operator.page.getByRole('table', { name: 'Durations of orders' });
  expect(await durations.getByRole('row').nth(1).innerText()).toMatch(
    /^placed until approved\s+\d+(\s+[\d.]+ (ms|s)){3}$/,
  );
});

const PAGES = [
  'orders',
  'order',
  'rejected',
  'none',
  'attention',
  'stock',
  'item',
  'trends',
  'subscriptions',
  'webhooks',
  'webhook',
];

describe('every page is without violations of accessibility, and fits', () => {
  let paths: Readonly<Record<string, readonly string[]>>;

  beforeAll(async () => {
    if (missing !== undefined) return;
    const approved = await place();
    const rejected = await place({ customerId: 'nobody' });
    await stoppedOrder();
    await parkedEvent();
    const webhook = { url: 'https://erp.example.com/holdfast', types: ['orders.*'] };
    expect((await api.call('PUT', '/v1/webhooks/erp', webhook)).status).toBe(200);
    paths = {
      order: ['orders', approved.id],
      rejected: ['orders', rejected.id],
      none: ['search', 'no such order'],
      item: ['stock', 'SKU-1'],
      webhook: ['webhooks', 'erp'],
    };
  });

  inBrowser.each([
    ['a phone, in light', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }, undefined],
    ['a desk, in dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }, ['color-contrast']],
  ] as const)('on %s', async (_, options, rules) => {
    await opened(options);
    const found: [string, readonly string[], number][] = [
      ['sign in', await operator.violations(rules), await operator.overflow()],
    ];
    await operator.signIn(ADMIN_KEY);
    await operator.sees('Sign out');
    for (const name of PAGES) {
      await operator.open(...(paths[name] ?? [name]));
      found.push([name, await operator.violations(rules), await operator.overflow()]);
    }
    expect(found).toEqual(['sign in', ...PAGES].map((name) => [name, [], 0]));
  });
});
