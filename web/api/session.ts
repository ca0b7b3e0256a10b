import { signal } from '@preact/signals';
import type { CallerView } from '../../src/contracts/api/caller';

export interface Session extends CallerView {
  readonly key: string;
}

/** The signed-in key; null before the sign-in. */
export const session = signal<Session | null>(null);

/** Why the user has to sign in again; empty at the first sign-in. */
export const signInNotice = signal('');

/** Returns true when the key may do things of this scope. */
export function may(scope: string): boolean {
  const scopes = session.value?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes('admin');
}
