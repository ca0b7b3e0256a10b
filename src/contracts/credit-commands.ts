import type { Command } from './commands';

/** What a command has to tell of an order, so that its saga can change the credit that is held for it. */
export interface OnOrdersCredit extends Command {
  readonly orderId: string;
  readonly customerId: string;
}

/** A shipment leaves. Captured once by this command: one that was undone is captured anew by another command. */
export interface OnShipmentsCredit extends OnOrdersCredit {
  readonly shipmentId: string;
}

/** What the step on the order gives of a shipment that leaves; only under the order's lock is it known. */
export interface CaptureGiven {
  readonly capture?: {
    /** Minor units. */
    readonly amount: number;
    /** What all shipments are worth together, where no other is to come; null where others may. */
    readonly finalTotal: number | null;
  };
}

/** What the step on the order gives of one that changes: how much dearer it gets; below zero: cheaper. */
export interface AdjustmentGiven {
  readonly creditBy?: number;
}
