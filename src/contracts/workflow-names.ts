/** One workflow a command; the names are those of the exported functions in workflows/. */
export const WORKFLOWS = {
  acceptShipments: 'acceptShipments',
  deliverShipments: 'deliverShipments',
  shipShipments: 'shipShipments',
  resumeShipments: 'resumeShipments',
  rejectUnits: 'rejectUnits',
  expireShipments: 'expireShipments',
  cancelOrders: 'cancelOrders',
  reviseOrders: 'reviseOrders',
  createOrder: 'createOrder',
  confirmWithPartners: 'confirmWithPartners',
  reserveInventory: 'reserveInventory',
  finishCompensation: 'finishCompensation',
  finishUndo: 'finishUndo',
  bookTrip: 'bookTrip',
  finishTrip: 'finishTrip',
} as const;

/** Where an order goes on that has to ask partners. */
export function confirmationId(orderId: string): string {
  return `confirm-order/${orderId}`;
}

/** Where what is left of a trip is undone that its own saga did not undo. */
export function finishTripId(tripId: string): string {
  return `finish-trip/${tripId}`;
}

export function compensationId(orderId: string): string {
  return `finish-compensation/${orderId}`;
}

/** Where a command's own undo goes on that was not heard of in its set. */
export function finishUndoId(commandId: string): string {
  return `finish-undo/${commandId}`;
}
