import type { ExpireShipment, RejectUnits, ReportShipment } from '../src/contracts/commands';
import type { RejectionSteps } from '../src/contracts/fulfilment-steps';
import type { StepInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import {
  decideClaimRejection,
  decideFinishRejection,
  decideOverdue,
  decideSettleRejection,
} from '../src/domain/order/reject-shipment';
import { given, type OrdersAndDeadlines, onOrders } from './on-orders';

/** What becomes of units that nodes give back, on the orders store. */
export function rejectionSteps({ orders, deadlines }: OrdersAndDeadlines) {
  return {
    /** A node gives units back: they leave its shipment, and nobody else changes the order until it is settled. */
    claimRejection(input: StepInput<RejectUnits>): Promise<StepAnswer<RejectionSteps>[]> {
      return onOrders(orders, 'claimRejection', input, ({ order, now }, { command }) =>
        decideClaimRejection(order, command, { ...deadlines, now }),
      );
    },

    /** A node has let its deadline pass: all of its shipment is looked for elsewhere. A no is for now: it is asked again. */
    claimOverdue({ members }: StepInput<ExpireShipment>): Promise<StepAnswer<RejectionSteps>[]> {
      const commands = members.map(({ command }) => command);
      return orders.step(commands, ({ order, now }, command) =>
        decideOverdue(order, command, { ...deadlines, now }),
      );
    },

    /** Says where the units come from instead. */
    settleRejection(input: StepInput<ReportShipment, RejectionSteps>): Promise<StepAnswer<RejectionSteps>[]> {
      return onOrders(orders, 'settleRejection', input, ({ order, now }, { command, given: has }) =>
        decideSettleRejection(order, command, given(has.found), { ...deadlines, now }, has.hasSurplus),
      );
    },

    /** The credit for what nobody could deliver has been given back. */
    finishRejection(input: StepInput<ReportShipment>): Promise<StepAnswer[]> {
      return onOrders(orders, 'finishRejection', input, ({ order }, { command }) =>
        decideFinishRejection(order, command),
      );
    },
  };
}
