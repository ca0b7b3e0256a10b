import { signal } from '@preact/signals';
import type { Page, Saga } from '../api/answers';
import { ask } from '../api/client';
import { may } from '../api/session';

const LOOK_MS = 10_000;
const MOST = 100;

/** How many sagas need attention; counted up to 100. */
export const openAttention = signal(0);

/** Counts what needs attention again. */
export async function countAttention(): Promise<void> {
  if (!may('sagas:read') || document.hidden) return;
  const { items } = await ask<Page<Saga>>(`/v1/sagas?state=needs_attention&limit=${MOST}`);
  openAttention.value = items.length;
}

/** Keeps the count while the user is signed in. Returns the function that ends it. */
export function watchAttention(): () => void {
  const look = () => void countAttention().catch(() => undefined);
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}
