/** One workflow a command; the names are those of the exported functions in workflows/. */
export const WORKFLOWS = {
  createOrder: 'createOrder',
  reserveInventory: 'reserveInventory',
  releaseReservation: 'releaseReservation',
  expireReservations: 'expireReservations',
  finishCompensation: 'finishCompensation',
} as const;

export function compensationId(orderId: string): string {
  return `finish-compensation/${orderId}`;
}
