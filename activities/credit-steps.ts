import type { CreateOrder } from '../src/contracts/commands';
import type {
  AdjustCredit,
  CaptureCredit,
  RefundCredit,
  RevokeIncrease,
} from '../src/contracts/credit-commands';
import type { Answer, OrderToUndo, StepInput, UndoInput } from '../src/contracts/steps';
import { type Account, decideHoldCredit, decideReleaseCredit } from '../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../src/domain/credit/adjust';
import { decideCapture, decideRefund } from '../src/domain/credit/capture';
import type { StepAnswer } from '../src/domain/decision';
import { totalOf } from '../src/domain/order/order';
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
    captureCredit({ members }: StepInput<CaptureCredit>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, captureId: command.commandId }));
      return credit.step(
        'captureCredit',
        commands,
        (account, { orderId, captureId, shipmentId, amount, isLast }) =>
          decideCapture(account, { orderId, captureId, shipmentId, amount, isLast }),
      );
    },

    /** The undo of captureCredit; before it has happened it leaves a tombstone. */
    refundCredit({ members }: UndoInput<RefundCredit>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, captureId: command.commandId }));
      return credit.step('refundCredit', commands, decideRefund);
    },

    /** Holds more for orders that get dearer by a revision, and leaves the others alone. */
    increaseCredit({ members }: StepInput<AdjustCredit>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, by: Math.max(0, command.by) }));
      return credit.step('increaseCredit', commands, adjustOne);
    },

    /** The undo of increaseCredit; before it has happened it leaves a tombstone. */
    revokeIncrease({ members }: UndoInput<RevokeIncrease>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, adjustmentId: command.commandId }));
      return credit.step('revokeIncrease', commands, decideRevokeIncrease);
    },

    /** Gives back what orders get cheaper by, once their revision cannot fail any more, and leaves the others alone. */
    decreaseCredit({ members }: StepInput<AdjustCredit>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => ({ ...command, by: Math.min(0, command.by) }));
      return credit.step('decreaseCredit', commands, adjustOne);
    },
  };
}

function adjustOne(account: Account, { commandId: adjustmentId, orderId, by }: AdjustCredit) {
  return decideAdjustHold(account, { orderId, adjustmentId, by });
}
