import type { Browser } from 'playwright-core';
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
