import { randomBytes } from 'node:crypto';
import { SealedCookies } from '../../../src/http/sign-in/sealed-cookies';

const KEY = randomBytes(32);
const soon = () => Math.floor(Date.now() / 1_000) + 60;

/** Returns the `Cookie` header of a browser that got this `Set-Cookie`. */
const sent = (setCookie: string) => `theme=dark; ${setCookie.split(';')[0]}`;

test('a cookie is read by every process with the key, and by none without it', async () => {
  const cookie = sent(await new SealedCookies(KEY, true).seal('session', { caller: 'oidc:a' }, soon()));
  expect(await new SealedCookies(KEY, true).open('session', cookie)).toMatchObject({ caller: 'oidc:a' });
  expect(await new SealedCookies(randomBytes(32), true).open('session', cookie)).toBeUndefined();
});

test('a sign-in under way is not accepted as a session', async () => {
  const cookies = new SealedCookies(KEY, false);
  const cookie = sent(await cookies.seal('sign-in', { caller: 'oidc:a' }, soon()));
  expect(await cookies.open('session', cookie.replace('sign-in', 'session'))).toBeUndefined();
});

test('an ended cookie is not accepted', async () => {
  const cookies = new SealedCookies(KEY, false);
  const cookie = sent(await cookies.seal('session', { caller: 'oidc:a' }, soon() - 120));
  expect(await cookies.open('session', cookie)).toBeUndefined();
});

test('by https a cookie is bound to this host and to https', async () => {
  const cookie = await new SealedCookies(KEY, true).seal('session', {}, soon());
  expect(cookie).toMatch(/^__Host-holdfast_session=.+; Path=\/; .*; HttpOnly; SameSite=Lax; Secure$/);
});
