import { signal } from '@preact/signals';
import type { CallerView } from '../../src/contracts/api/caller';

export interface Session extends CallerView {
  /** Null: the user signed in by the issuer, and the browser sends the cookie of that session. */
  readonly key: string | null;
}

/** The signed-in user; null before the sign-in. */
export const session = signal<Session | null>(null);

/** Why the user has to sign in again; empty at the first sign-in. */
export const signInNotice = signal('');

/** Names the holder of the rights, as the subject of a sentence. */
export function ownRights(): string {
  return session.value?.key === null ? 'You' : 'Your key';
}

/** Returns true when the user may do things of this scope. */
export function may(scope: string): boolean {
  const scopes = session.value?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes('admin');
}
