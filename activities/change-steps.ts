import type { CancelOrder, ReviseOrder } from '../src/contracts/commands';
import type { CancelSteps, RevisionSteps } from '../src/contracts/fulfilment-steps';
import type { StepInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import { decideClaimCancel, decideFinishCancel } from '../src/domain/order/cancel-order';
import {
  decideApplyRevision,
  decideClaimRevision,
  decideFinishRevision,
} from '../src/domain/order/revise-order';
import { given, type OrdersAndDeadlines, onOrders } from './on-orders';

/** Cancelling and revising orders, on the orders store. */
export function changeSteps({ orders, deadlines }: OrdersAndDeadlines) {
  return {
    /** Takes an order for its cancellation, and says what of it has shipped. */
    claimCancel(input: StepInput<CancelOrder>): Promise<StepAnswer<CancelSteps>[]> {
      return onOrders(orders, 'claimCancel', input, ({ order }, { command }) =>
        decideClaimCancel(order, command),
      );
    },

    /** Everything that was to be given back has been. */
    finishCancel(input: StepInput<CancelOrder, CancelSteps>): Promise<StepAnswer[]> {
      return onOrders(orders, 'finishCancel', input, ({ order }, { command, given: { hasSurplus } }) =>
        decideFinishCancel(order, command, hasSurplus),
      );
    },

    /** Takes an order for its revision, and says what it needs more of. */
    claimRevision(input: StepInput<ReviseOrder>): Promise<StepAnswer<RevisionSteps>[]> {
      return onOrders(orders, 'claimRevision', input, ({ order }, { command }) =>
        decideClaimRevision(order, command),
      );
    },

    /** The pivot of a revision: the new content stands. */
    applyRevision(input: StepInput<ReviseOrder, RevisionSteps>): Promise<StepAnswer<RevisionSteps>[]> {
      return onOrders(orders, 'applyRevision', input, ({ order, now }, { command, given: { found } }) =>
        decideApplyRevision(order, command, given(found), { ...deadlines, now }),
      );
    },

    /** What a revision needed less of has been given back. */
    finishRevision(input: StepInput<ReviseOrder, RevisionSteps>): Promise<StepAnswer[]> {
      return onOrders(orders, 'finishRevision', input, ({ order }, { command, given: { hasSurplus } }) =>
        decideFinishRevision(order, command, hasSurplus),
      );
    },
  };
}
