import type { Command } from './commands';

/** What a command needs to tell of an order, so that its saga can change the credit that is held for it. */
export interface OnOrdersCredit extends Command {
  readonly orderId: string;
  readonly customerId: string;
}

/** A shipment leaves. Captured once by this command: one that was undone is captured anew by another command. */
export interface CaptureCredit extends OnOrdersCredit {
  readonly shipmentId: string;
  /** Minor units. */
  readonly amount: number;
  /** No other shipment of the order is to come: what is held beyond it is given back. */
  readonly isLast: boolean;
}

/** `commandId` is that of the command that captured. */
export type RefundCredit = Omit<CaptureCredit, 'amount' | 'isLast'>;

/** An order is revised. */
export interface AdjustCredit extends OnOrdersCredit {
  /** How much dearer it gets, in minor units; below zero: cheaper. */
  readonly by: number;
}

/** `commandId` is that of the command that increased. */
export type RevokeIncrease = OnOrdersCredit;
