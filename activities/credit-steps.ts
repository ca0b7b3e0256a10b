import type { CreateOrder } from '../src/contracts/commands';
import type {
  AdjustmentGiven,
  CaptureGiven,
  OnOrdersCredit,
  OnShipmentsCredit,
} from '../src/contracts/credit-commands';
import type { Answer, OrderToUndo, StepInput, UndoInput } from '../src/contracts/steps';
import { type Account, decideHoldCredit, decideReleaseCredit } from '../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../src/domain/credit/adjust';
import { decideCapture, decideRefund } from '../src/domain/credit/capture';
import type { StepAnswer } from '../src/domain/decision';
import { totalOf } from '../src/domain/order/line-units';
import type { CreditStore } from '../src/stores/credit-store';

/** The steps of orders on the credit store. */
export function creditSteps(credit: CreditStore) {
  return {
    /** Holds each order's total on its customer's credit. */
    holdCredit({ members }: StepInput<CreateOrder>): Promise<Answer[]> {
      const commands = members.map(({ command }) => ({ ...command, orderId: command.commandId }));
      return credit.step('holdCredit', commands, (account, { orderId, currency, lines }) =>
        decideHoldCredit(account, { orderId, currency, amount: totalOf(lines) }),
      );
    },

    /** The undo of holdCredit; before it has happened it leaves a tombstone. */
    releaseCredit({ members }: UndoInput<OrderToUndo>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, orderId: command.commandId }));
      return credit.step('releaseCredit', commands, decideReleaseCredit);
    },

    /** Takes what each shipment is worth out of its order's hold: from now on the customer owes it. */
    captureCredit({ members }: StepInput<OnShipmentsCredit, CaptureGiven>): Promise<StepAnswer[]> {
      const commands = members.map(({ command, given: { capture } }) => ({ ...command, capture }));
      return credit.step('captureCredit', commands, (account, command) => {
        const { commandId: captureId, orderId, shipmentId, capture } = command;
        if (!capture) throw new Error(`nobody has said what shipment ${shipmentId} is worth`);
        return decideCapture(account, { orderId, captureId, shipmentId, ...capture });
      });
    },

    /** The undo of captureCredit; before it has happened it leaves a tombstone. */
    refundCredit({ members }: UndoInput<OnShipmentsCredit>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, captureId: command.commandId }));
      return credit.step('refundCredit', commands, decideRefund);
    },

    /** Holds more for orders that get dearer, and leaves the others alone. */
    increaseCredit({ members }: StepInput<OnOrdersCredit, AdjustmentGiven>): Promise<StepAnswer[]> {
      const commands = members.map(({ command, given }) => ({
        ...command,
        by: Math.max(0, changeIn(given)),
      }));
      return credit.step('increaseCredit', commands, adjustOne);
    },

    /** The undo of increaseCredit; before it has happened it leaves a tombstone. */
    revokeIncrease({ members }: UndoInput<OnOrdersCredit>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, adjustmentId: command.commandId }));
      return credit.step('revokeIncrease', commands, decideRevokeIncrease);
    },

    /** Gives back what orders get cheaper by, once their command cannot fail any more, and leaves the others alone. */
    decreaseCredit({ members }: StepInput<OnOrdersCredit, AdjustmentGiven>): Promise<StepAnswer[]> {
      const commands = members.map(({ command, given }) => ({
        ...command,
        by: Math.min(0, changeIn(given)),
      }));
      return credit.step('decreaseCredit', commands, adjustOne);
    },
  };
}

function changeIn({ creditBy }: AdjustmentGiven): number {
  if (creditBy === undefined) throw new Error('nobody has said how much dearer an order gets');
  return creditBy;
}

function adjustOne(account: Account, command: OnOrdersCredit & { readonly by: number }) {
  const { commandId: adjustmentId, orderId, by } = command;
  return decideAdjustHold(account, { orderId, adjustmentId, by });
}
