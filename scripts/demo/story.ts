import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../client/holdfast-client';
import type { DemoShop } from './demo-shop';
import type { RunningHoldfast } from './running-holdfast';

/** The findings of a story in sentences, and the order or trip whose saga shows them. */
export interface Told {
  readonly lines: readonly string[];
  readonly order: { readonly links: Pick<Order['links'], 'webUi'> } | undefined;
}

export interface Story {
  readonly title: string;
  tell(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told>;
}

/** A story that did not end as expected; it makes the demo fail. */
export class StoryFailed extends Error {}

export function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new StoryFailed(what);
}

const PATIENCE_MS = 30_000;

/** Repeats a check until it succeeds. @throws StoryFailed after half a minute, with the last result in words */
export async function until<Found>(
  look: () => Promise<Found>,
  isSo: (found: Found) => boolean,
  inWords: (found: Found) => string,
): Promise<Found> {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const found = await look();
    if (isSo(found)) return found;
    expect(Date.now() < giveUpAt, inWords(found));
  }
}

export function ends(order: Order): string {
  return `order ${order.id} ends ${order.status}${order.reason ? ` (${order.reason})` : ''}`;
}
