import type { Browser } from 'playwright-core';
import { type ApiWithIssuer, startApiWithIssuer } from '../http/support/api-with-issuer';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { ORDER } from '../http/support/samples';
import { missingBrowser, Operator, startBrowser } from './browser';

const missing = missingBrowser();
const inBrowser = missing === undefined ? test : test.skip;
if (missing !== undefined) console.warn(`skipped: the sign-in in a browser: ${missing}`);

let stand: ApiWithIssuer;
let browser: Browser | undefined;
let operator: Operator;

beforeAll(async () => {
  if (missing !== undefined) return;
  stand = await startApiWithIssuer();
  stand.api.stand.sagas = 'direct';
  await setUpCatalogue(stand.api, 20);
  await openAccount(stand.api, 'cust-1');
  const { subscriptions } = stand.api.stores;
  await subscriptions.orders.register({ name: 'order-fills', kind: 'reaction', revision: 1 });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stand?.close();
});
afterEach(async () => {
  if (missing !== undefined) return;
  expect(operator.complaints).toEqual([]);
  await operator.close();
});

/** Opens the page and signs in as a person of the issuer. */
async function signInAs(claims: object): Promise<void> {
  if (!browser) throw new Error('no browser runs');
  await stand.issuer.set({ claims });
  operator = await Operator.at(browser, stand.api.url);
  await operator.page.getByRole('link', { name: 'Sign in with your organisation' }).click();
}

inBrowser('an operator signs in by the issuer, sees the orders, and stays signed in', async () => {
  const headers = { 'Idempotency-Key': 'web-1', Prefer: 'wait=10' };
  const { json } = await stand.api.call('POST', '/v1/orders', ORDER, headers);
  await signInAs({ sub: 'anna', holdfast_scopes: ['orders:read', 'sagas:read', 'events:read'] });
  await operator.sees('oidc:anna');
  await operator.page.getByRole('link', { name: json.id }).click();
  await operator.sees('Order approved');
  await operator.page.reload();
  await operator.sees('oidc:anna');
  const left = operator.page.waitForRequest((asked) => asked.url().startsWith(`${stand.issuer.url}/logout?`));
  await operator.page.getByRole('button', { name: 'Sign out' }).click();
  await left;
  await operator.page.waitForURL(`${stand.api.url}/`);
  await operator.sees('API key');
  await operator.page.reload();
  await operator.sees('Sign in with your organisation');
  expect(await operator.violations()).toEqual([]);
});

inBrowser('an operator is told which scope is missing, and changes what the scopes allow', async () => {
  await signInAs({ sub: 'otto', holdfast_scopes: ['events:read', 'events:write'] });
  await operator.sees('oidc:otto');
  await operator.open('stock');
  await operator.sees('You (oidc:otto) may not');
  await operator.sees('inventory:read');
  await operator.open('subscriptions');
  await operator.page.getByRole('button', { name: 'Replay…' }).click();
  await operator.page.getByLabel('From').fill('2026-11-22T16:00:00');
  await operator.page.getByRole('button', { name: 'Replay', exact: true }).click();
  await operator.sees('order-fills starts again from 2026-11-2');
  const [act] = (await stand.api.call('GET', '/v1/audit?caller=oidc:otto')).json.items;
  expect(act).toMatchObject({ act: 'subscription.reset', subject: 'order-fills' });
});

inBrowser('a person without any scope is refused in plain words', async () => {
  await signInAs({ sub: 'eve', holdfast_scopes: [] });
  await operator.sees('Oidc:eve has no scope of Holdfast');
  expect(await operator.violations()).toEqual([]);
  await operator.page.getByRole('link', { name: 'Back to the sign-in' }).click();
  await operator.sees('Sign in with your organisation');
});
