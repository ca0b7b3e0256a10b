import type { CallerView } from '../../src/contracts/api/caller';
import { ApiProblem, ask } from './client';
import { session, signInNotice } from './session';

/** The key lives as long as the tab: no other tab and no later visit has it. */
const STORED = 'holdfast-key';

/** Signs in with a key. @throws ApiProblem when the API does not know the key */
export async function signIn(key: string): Promise<void> {
  const caller = await ask<CallerView>('/v1/caller', { key });
  sessionStorage.setItem(STORED, key);
  signInNotice.value = '';
  session.value = { ...caller, key };
}

export function signOut(): void {
  sessionStorage.removeItem(STORED);
  session.value = null;
}

/** Signs in again after a reload of the tab. */
export async function resume(): Promise<void> {
  const key = sessionStorage.getItem(STORED);
  if (key === null) return;
  await signIn(key).catch((error: unknown) => {
    signInNotice.value = error instanceof ApiProblem ? error.message : String(error);
  });
}
