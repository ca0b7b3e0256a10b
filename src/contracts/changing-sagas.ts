import type { OnOrder } from './commands';

/** The sagas on approved orders whose callers are told 202 before anything is recorded of their commands. */
export const CHANGING_SAGAS = [
  'acceptShipments',
  'rejectUnits',
  'shipShipments',
  'deliverShipments',
  'cancelOrders',
  'reviseOrders',
] as const;

/** A saga that was ended from outside, and what it carried. */
export interface DeadChanges {
  readonly workflow: (typeof CHANGING_SAGAS)[number];
  readonly commands: readonly OnOrder[];
}
