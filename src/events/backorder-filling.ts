import type { FillBackorder } from '../contracts/commands';
import type { PositionedEvent } from '../stores/event-rows';
import type { InventoryReads, WaitingTurn } from '../stores/inventory-reads';
import type { Subscription } from './subscription';

/** What can bring stock within reach of an order that waits: what comes or is given back, settings, turns taken. */
const TYPES = [
  'inventory.supply-counted.v1',
  'inventory.supply-moved.v1',
  'inventory.damaged-stock-repaired.v1',
  'inventory.held-stock-released.v1',
  'inventory.committed-stock-released.v1',
  'inventory.backorder-filled.v1',
  'inventory.backorder-withdrawn.v1',
  'inventory.node-set.v1',
  'inventory.source-set.v1',
  'inventory.eligibility-rule-set.v1',
  'inventory.eligibility-rule-removed.v1',
];

/** Orders one saga takes; further back in a queue nobody is looked at before those ahead have been filled. */
const LARGEST_SET = 85;

export interface BackorderFilling {
  readonly reads: Pick<InventoryReads, 'waitingTurns'>;
  fill(commands: readonly FillBackorder[]): Promise<void>;
}

/**
 * Has new stock given to the orders that wait for it. Whoever else would buy it finds it spoken for already, as what
 * is promised is taken off what can be sold; this gives the units themselves.
 */
export function backorderFilling({ reads, fill }: BackorderFilling): Subscription {
  return {
    name: 'backorder-filling',
    revision: 2,
    types: TYPES,
    handler: {
      kind: 'reaction',
      async react(events) {
        const turns = await reads.waitingTurns(skusOf(events), LARGEST_SET);
        const occasion = events.at(-1)?.id ?? '';
        for (let from = 0; from < turns.length; from += LARGEST_SET) {
          await fill(turns.slice(from, from + LARGEST_SET).map((turn) => commandOf(turn, occasion)));
        }
      },
    },
  };
}

/** Null: a setting changed, which may concern any item. */
function skusOf(events: readonly PositionedEvent[]): readonly string[] | null {
  const skus = events.map(({ stream }) => /^(?:stock|backorder)\/([^/]+)/.exec(stream)?.[1]);
  return skus.includes(undefined) ? null : [...new Set(skus as string[])];
}

/** The occasion makes a new command of a turn that was tried in vain before, and the same of events that come again. */
function commandOf(
  { reservationId, orderId, caller, sku, place }: WaitingTurn,
  occasion: string,
): FillBackorder {
  return {
    commandId: `${reservationId}/fill/${sku}/${place}/${occasion}`,
    correlation: orderId,
    caller,
    reservationId,
    sku,
    place,
  };
}
