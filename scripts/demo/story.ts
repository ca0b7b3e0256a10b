import type { DemoShop, ShownOrder } from './demo-shop';
import type { RunningHoldfast } from './running-holdfast';

/** The findings of a story in sentences, and the order or trip whose saga is worth a look. */
export interface Told {
  readonly lines: readonly string[];
  readonly order: Pick<ShownOrder, 'links'> | undefined;
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

export function ends(order: ShownOrder): string {
  return `order ${order.id} ends ${order.status}${order.reason ? ` (${order.reason})` : ''}`;
}
