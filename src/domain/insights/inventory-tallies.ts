import type { ReservationEvent } from '../inventory/reservation/reservation';
import type { StockEvent } from '../inventory/supply/stock';
import { type DayTally, onDayOf, type Tally, tallyOf, unitsTally } from './tally';

type Told = StockEvent | ReservationEvent;
type Place = { readonly sku: string; readonly nodeId: string };
type Counted = Extract<
  Told['type'],
  | 'inventory.stock-committed.v1'
  | 'inventory.held-stock-committed.v1'
  | 'inventory.supply-expired.v1'
  | 'inventory.partner-replied.v1'
  | 'inventory.reservation-resourced.v1'
>;
type CountedEvent = Extract<Told, { readonly type: Counted }>;

/** The events of the inventory's log that are counted. A missing type does not compile. */
const COUNTED: Readonly<Record<Counted, true>> = {
  'inventory.stock-committed.v1': true,
  'inventory.held-stock-committed.v1': true,
  'inventory.supply-expired.v1': true,
  'inventory.partner-replied.v1': true,
  'inventory.reservation-resourced.v1': true,
};

export const COUNTED_OF_INVENTORY: readonly string[] = Object.keys(COUNTED);

/** Returns what some events of the inventory's log add to the counts. Events of other types add nothing. */
export function talliesOfInventory(
  events: readonly {
    readonly type: string;
    readonly data: object;
    readonly key: object;
    readonly occurredAt: string;
  }[],
): readonly DayTally[] {
  return events.flatMap(({ type, data, key, occurredAt }) =>
    Object.hasOwn(COUNTED, type)
      ? onDayOf(occurredAt, inventoryTallies({ type, data } as CountedEvent, key as Place))
      : [],
  );
}

/** Returns what an event adds to the counts. `place`: the key of its stream, of an event of stock. */
export function inventoryTallies(event: CountedEvent, place: Place): readonly Tally[] {
  switch (event.type) {
    case 'inventory.stock-committed.v1':
    case 'inventory.held-stock-committed.v1':
      return unitsTally('promised', { ...place, quantity: event.data.quantity });
    case 'inventory.supply-expired.v1':
      return [
        { measure: 'expiries', dimension: 'node', key: place.nodeId, units: 1 },
        { measure: 'expired-units', dimension: 'node', key: place.nodeId, units: event.data.supply },
      ];
    case 'inventory.partner-replied.v1': {
      const { nodeId, lines, word } = event.data;
      if (word.kind === 'confirmed') return [];
      const reason = word.kind === 'refused' ? word.reason : 'UNREACHABLE';
      return [
        ...lines.flatMap((line) => unitsTally('rejected', { ...line, nodeId, reason })),
        tallyOf('partner-refusals', 1),
      ];
    }
    case 'inventory.reservation-resourced.v1':
      return [tallyOf('partner-resourced', 1)];
  }
}
