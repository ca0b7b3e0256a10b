import { signal } from '@preact/signals';
import type { Explanation } from './answers';
import { ask } from './client';

/** The catalogue of reason codes by code; empty until it is read. */
export const reasons = signal<ReadonlyMap<string, Explanation>>(new Map());

/** Reads the catalogue once. Without it codes are shown as words. */
export async function readReasons(): Promise<void> {
  if (reasons.value.size > 0) return;
  const { items } = await ask<{ items: Explanation[] }>('/problems');
  reasons.value = new Map(items.map((one) => [one.type.slice('/problems/'.length), one]));
}
