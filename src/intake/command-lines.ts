import type { WantedOrder, WantedShipping, WantedTrip } from '../domain/command/recorded-command';
import { totalOf, unitsOf } from '../domain/order/line-units';

/** Describes an order: its lines, its customer and its total in major units. */
export function lineOfOrder({ lines, customerId, currency }: WantedOrder): string {
  return `${linesOf(lines)} for ${customerId}, ${currency} ${(totalOf(lines) / 100).toFixed(2)}`;
}

/** Describes a ship report: its shipment, and the number of units when the report names lines. */
export function lineOfShipping({ shipmentId, lines }: WantedShipping): string {
  return lines === null ? `ship ${shipmentId}` : `ship ${unitsOf(lines)} units of ${shipmentId}`;
}

/** Describes a trip: the wishes for each party, and the traveller. */
export function lineOfTrip({ traveller, wishes }: WantedTrip): string {
  const wanted = wishes.map(({ party, what }) => `${party} ${Object.values(what).join(', ')}`);
  return `${wanted.join('; ')} for ${traveller}`;
}

/** Lists the first three lines and counts the others. */
export function linesOf(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const shown = lines.slice(0, 3).map(({ sku, quantity }) => `${quantity} x ${sku}`);
  return lines.length > shown.length
    ? `${shown.join(', ')} and ${lines.length - shown.length} more`
    : shown.join(', ');
}
