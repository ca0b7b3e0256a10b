import type { Order, Shipment, ShipmentLine } from './order';
import type { ReturnEvent, ReturnedUnits } from './order-events';

type Returned = Extract<ReturnEvent, { type: 'orders.units-returned.v1' }>['data'];
type Refunded = Extract<ReturnEvent, { type: 'orders.payment-refunded.v1' }>['data'];

/** Marks units of shipments as returned, and adds the return to the order. `returnedAt` is the moment of the record. */
export function unitsReturned(
  order: Order,
  { commandId: id, nodeId, units, refund }: Returned,
  returnedAt: string,
): Order {
  const lines = units.map(({ shipmentId: _, ...line }) => line);
  return {
    ...order,
    shipments: shipmentsWithReturned(order.shipments, units),
    returns: [...order.returns, { id, nodeId, lines, refund, returnedAt }],
  };
}

/** Marks units of shipments as returned. */
export function shipmentsWithReturned(
  shipments: readonly Shipment[],
  units: readonly ReturnedUnits[],
): readonly Shipment[] {
  return shipments.map((shipment) => withReturned(shipment, units));
}

function withReturned(shipment: Shipment, units: readonly ReturnedUnits[]): Shipment {
  const own = units.filter(({ shipmentId }) => shipmentId === shipment.id);
  if (own.length === 0) return shipment;
  return { ...shipment, lines: own.reduce(withUnitsReturned, shipment.lines) };
}

function withUnitsReturned(
  lines: readonly ShipmentLine[],
  { lineId, quantity }: ReturnedUnits,
): readonly ShipmentLine[] {
  let missing = quantity;
  return lines.map((line) => {
    const taken = line.lineId === lineId ? Math.min(missing, stillOut(line)) : 0;
    missing -= taken;
    return taken === 0 ? line : { ...line, returned: (line.returned ?? 0) + taken };
  });
}

/** Returns the number of units of a shipment's line that have not come back. */
export function stillOut({ quantity, returned = 0 }: ShipmentLine): number {
  return quantity - returned;
}

/** Notes the refunded amount of a return. */
export function refunded(order: Order, { commandId, amount }: Refunded): Order {
  return {
    ...order,
    returns: order.returns.map((one) => (one.id === commandId ? { ...one, refunded: amount } : one)),
  };
}
