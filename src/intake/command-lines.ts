import type {
  WantedOrder,
  WantedRejection,
  WantedReturn,
  WantedRevision,
  WantedShipping,
  WantedTrip,
} from '../domain/command/recorded-command';
import { totalOf, unitsOf } from '../domain/order/line-units';
import { moneyText } from '../names/money-text';

/** Describes an order: its lines, its customer and its total. */
export function lineOfOrder({ lines, customerId, currency }: WantedOrder, orderId: string): string {
  return `Order ${orderId}: ${linesOf(lines)} for ${customerId}, ${moneyText(totalOf(lines), currency)}`;
}

/** Describes a revision: its order, and the content and the total that the order is to get. */
export function lineOfRevision({ lines, currency }: WantedRevision, orderId: string): string {
  return `Revise order ${orderId} to ${linesOf(lines)}, ${moneyText(totalOf(lines), currency)}`;
}

/** Describes a ship report: its shipment, and the number of units when the report names lines. */
export function lineOfShipping({ shipmentId, lines }: WantedShipping): string {
  return lines === null
    ? `Shipment ${shipmentId} has left`
    : `${unitsOf(lines)} units of shipment ${shipmentId} have left`;
}

/** Describes the units of a shipment that a node does not ship, with the node's reason. */
export function lineOfRejection({ shipmentId, reason, lineId, quantity }: WantedRejection): string {
  const units = lineId === undefined ? '' : `${quantity} units of line ${lineId} of `;
  return `The node gives back ${units}shipment ${shipmentId}: ${reason}`;
}

/** Describes a return: its order, and the number of units that came back to a node. */
export function lineOfReturn({ nodeId, lines }: WantedReturn, orderId: string): string {
  return `Return of ${unitsOf(lines)} units of order ${orderId} to ${nodeId}`;
}

/** Describes a trip: the request to each party, and the traveller. */
export function lineOfTrip({ traveller, wishes }: WantedTrip, tripId: string): string {
  const wanted = wishes.map(({ party, what }) => `${party} ${Object.values(what).join(', ')}`);
  return `Trip ${tripId} of ${traveller}: ${wanted.join('; ')}`;
}

/** Lists the first three lines and counts the others. */
export function linesOf(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const shown = lines.slice(0, 3).map(({ sku, quantity }) => `${quantity} x ${sku}`);
  return lines.length > shown.length
    ? `${shown.join(', ')} and ${lines.length - shown.length} more`
    : shown.join(', ');
}
