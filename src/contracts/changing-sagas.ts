import type { CommandKind } from '../domain/order/order';
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

/** Which of them carries out a command of each kind. */
export const SAGA_OF_COMMAND = {
  accept: 'acceptShipments',
  reject: 'rejectUnits',
  ship: 'shipShipments',
  deliver: 'deliverShipments',
  cancel: 'cancelOrders',
  revise: 'reviseOrders',
} as const satisfies Record<CommandKind, (typeof CHANGING_SAGAS)[number]>;

/** A command that a saga carried which was ended from outside, before any step had recorded it. */
export interface LostChange {
  readonly workflow: (typeof CHANGING_SAGAS)[number];
  readonly command: OnOrder;
}
