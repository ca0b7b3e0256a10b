/** One workflow a command; the names are those of the exported functions in workflows/. */
export const WORKFLOWS = {
  createOrder: 'createOrder',
  confirmWithPartners: 'confirmWithPartners',
  reserveInventory: 'reserveInventory',
  releaseReservation: 'releaseReservation',
  expireReservations: 'expireReservations',
  fillBackorders: 'fillBackorders',
  finishCompensation: 'finishCompensation',
} as const;

/** Where an order goes on that has to ask partners. */
export function confirmationId(orderId: string): string {
  return `confirm-order/${orderId}`;
}

export function compensationId(orderId: string): string {
  return `finish-compensation/${orderId}`;
}
