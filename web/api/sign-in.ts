import type { CallerView, SignedOut } from '../../src/contracts/api/caller';
import { ApiProblem, ask } from './client';
import { session, signInNotice } from './session';

/** The key lives as long as the tab: no other tab and no later visit has it. */
const STORED = 'holdfast-key';

/** A key has no session at an issuer. */
const WITH_KEY: SignedOut = { continueAt: null };

/** The address at which users sign in by the issuer; undefined without one. */
export function issuerSignIn(): string | undefined {
  return document.body.dataset.signIn;
}

/** Signs in with a key. @throws ApiProblem when the API does not know the key */
export async function signIn(key: string): Promise<void> {
  const caller = await ask<CallerView>('/v1/caller', { key });
  sessionStorage.setItem(STORED, key);
  setCookie(encodeURIComponent(key));
  signInNotice.value = '';
  session.value = { ...caller, key };
}

/** Ends the session, and goes to the issuer to end the one there. */
export async function signOut(): Promise<void> {
  const isIssued = session.value?.key === null;
  const { continueAt } = isIssued ? await ask<SignedOut>('/auth/logout', { method: 'POST' }) : WITH_KEY;
  sessionStorage.removeItem(STORED);
  setCookie('; max-age=0');
  session.value = null;
  if (continueAt !== null) location.assign(continueAt);
}

/** Signs in again after a reload of the tab, or after the return from the issuer. */
export async function resume(): Promise<void> {
  const key = sessionStorage.getItem(STORED);
  try {
    if (key !== null) await signIn(key);
    else if (issuerSignIn() !== undefined) await resumeByCookie();
  } catch (error) {
    signInNotice.value = error instanceof ApiProblem ? error.message : String(error);
  }
}

async function resumeByCookie(): Promise<void> {
  try {
    session.value = { ...(await ask<CallerView>('/v1/caller', { key: null })), key: null };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
  }
}

/** Sets the cookie by which the Temporal Web UI asks for decrypted payloads. The browser sends it to that path alone. */
function setCookie(value: string): void {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox has the Cookie Store API since version 140 only
  document.cookie = `holdfast_codec=${value}; path=/v1/codec; SameSite=Strict${secure}`;
}
