import type { CreateOrder } from '../src/contracts/commands';
import type { Answer, OrderToUndo, StepInput, UndoInput } from '../src/contracts/steps';
import { decideHoldCredit, decideReleaseCredit } from '../src/domain/credit/account';
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
  };
}
