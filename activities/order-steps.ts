import type { CreateOrder, FinishCompensation } from '../src/contracts/commands';
import type { Answer, OrderGiven, OrderToUndo, StepInput, UndoInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import { type ChangedMeanwhile, decideRetry, decideSettle } from '../src/domain/order/compensation';
import {
  type AlreadyApproved,
  decideApprove,
  decideRecord,
  decideSeal,
  type OwnedElsewhere,
} from '../src/domain/order/create-order';
import { totalOf } from '../src/domain/order/line-units';
import type { Attention } from '../src/domain/order/order';
import type { RecordedOrder } from '../src/domain/order/order-events';
import type { OrdersAndDeadlines } from './on-orders';

/** The steps of orders on the orders store. An order's own row is what makes each of them safe to run again. */
export function orderSteps({ orders, deadlines }: OrdersAndDeadlines) {
  return {
    /** Records orders as PENDING, claims their idempotency keys, and says whose saga each of them is. */
    recordOrder({ sagaId, members }: StepInput<CreateOrder>): Promise<Answer[]> {
      const commands = members.map(({ command }) => ({
        ...command,
        orderId: command.commandId,
        claim: { caller: command.caller, key: command.idempotencyKey, fingerprint: command.fingerprint },
      }));
      return orders.step<(typeof commands)[number], StepAnswer | OwnedElsewhere>(
        commands,
        ({ order, claimedByOther, isEndedByHand }, command) =>
          decideRecord(order, toRecord(command, sagaId), claimedByOther, isEndedByHand),
      );
    },

    /** Ends refused orders; the undo of recordOrder, run last. An order that was approved meanwhile stays so. */
    rejectOrder({ sagaId, members }: UndoInput<OrderToUndo>): Promise<(StepAnswer | AlreadyApproved)[]> {
      const commands = members.map(({ command, ...rejection }) => ({
        ...command,
        orderId: command.commandId,
        unrecorded: sagaId && isWhole(command) ? toRecord(command, sagaId) : undefined,
        rejection,
      }));
      return orders.step<(typeof commands)[number], StepAnswer | AlreadyApproved>(
        commands,
        ({ order }, { rejection, unrecorded }) => decideSeal(order, rejection, unrecorded),
      );
    },

    /** The pivot: from here on an order is not undone by its creation. */
    approveOrder({ members }: StepInput<CreateOrder, OrderGiven>): Promise<Answer[]> {
      const commands = members.map(({ command, given }) => ({
        ...command,
        orderId: command.commandId,
        given,
      }));
      return orders.step(commands, ({ order, now }, { given }) => {
        if (!given.reservationId || !given.allocations)
          throw new Error('an order without stock cannot be approved');
        const { reservationId, allocations, backordered = [], hasSurplus } = given;
        const terms = { ...deadlines, now };
        return decideApprove(order, { reservationId, allocations, backordered }, terms, hasSurplus);
      });
    },

    /** Takes note that an operator has what is left of an order's undos run again. */
    retryCompensation(input: { readonly command: OrderToUndo; readonly by: string }): Promise<StepAnswer[]> {
      const command = { ...input.command, orderId: input.command.commandId };
      return orders.step([command], ({ order }) => decideRetry(order, input.by));
    },

    /** Says how the undos that were left to run outside the set have ended. */
    settleCompensation(input: {
      readonly command: FinishCompensation;
      readonly attention: Attention | null;
      /** When an order that keeps what it needs had changed last before it was looked at. */
      readonly lookedAt?: string;
    }): Promise<(StepAnswer | ChangedMeanwhile)[]> {
      const { attention, lookedAt } = input;
      const command = { ...input.command, orderId: input.command.commandId };
      return orders.step<typeof command, StepAnswer | ChangedMeanwhile>([command], ({ order }) =>
        decideSettle(order, attention, lookedAt),
      );
    },
  };
}

/** An undo may come from outside the set, from whoever knows the order by what it may hold only. */
function isWhole(command: OrderToUndo | CreateOrder): command is CreateOrder {
  return 'idempotencyKey' in command;
}

function toRecord(command: CreateOrder, sagaId: string): RecordedOrder {
  const { caller, customerId, currency, lines, region, channel, reservationId, shipComplete } = command;
  const total = totalOf(lines);
  return { caller, customerId, currency, lines, total, region, channel, reservationId, shipComplete, sagaId };
}
