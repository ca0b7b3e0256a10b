import type { DemoShop, ShownOrder } from './demo-shop';
import type { RunningHoldfast } from './running-holdfast';

/** What a story found, in sentences, and the order or trip whose saga is worth looking at. */
export interface Told {
  readonly lines: readonly string[];
  readonly order: Pick<ShownOrder, 'links'> | undefined;
}

export interface Story {
  readonly title: string;
  tell(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told>;
}

/** A story that did not end as it should; the demo fails with it. */
export class StoryFailed extends Error {}

export function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new StoryFailed(what);
}

export function ends(order: ShownOrder): string {
  return `order ${order.id} ends ${order.status}${order.reason ? ` (${order.reason})` : ''}`;
}
