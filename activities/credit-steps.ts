import type { CommandKind, CommandRow } from '../src/domain/command/recorded-command';
import { decideHoldCredit, decideReleaseCredit } from '../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../src/domain/credit/adjust';
import { decideCapture } from '../src/domain/credit/capture';
import { decideRefundReturn } from '../src/domain/credit/refund';
import type { StepAnswer } from '../src/domain/decision';
import { totalOf } from '../src/domain/order/line-units';
import type { SettledRejection } from '../src/domain/order/reject-shipment';
import type { CreditStore } from '../src/stores/credit/credit-store';
import { causeOf } from '../src/stores/orders/command-rows';
import type { StepDeps } from './step-deps';

/** Creates the steps of commands on the credit store. */
export function creditSteps({ stores: { credit, commandCache, orders } }: StepDeps) {
  return {
    /** Holds the total of each order on its customer's credit. */
    async holdCredit(ids: readonly string[]) {
      const commands = await commandCache.recorded<'create'>(ids);
      return take(credit, 'holdCredit', commands, (account, { subject: orderId, wanted }) =>
        decideHoldCredit(account, { orderId, currency: wanted.currency, amount: totalOf(wanted.lines) }),
      );
    },

    /** Compensates holdCredit. Leaves a tombstone when holdCredit has not run yet. */
    async releaseCredit(ids: readonly string[]) {
      const commands = await commandCache.recorded<'create'>(ids);
      return take(credit, 'releaseCredit', commands, (account, { subject: orderId }) =>
        decideReleaseCredit(account, { orderId }),
      );
    },

    /** Captures the value of each shipment from the credit hold of its order. */
    async captureCredit(ids: readonly string[]) {
      const commands = await commandCache.decided<'ship'>(ids);
      return take(
        credit,
        'captureCredit',
        commands,
        (account, { id, subject: orderId, wanted, decision }) => {
          const { shipmentId } = wanted;
          return decideCapture(account, { orderId, captureId: id, shipmentId, ...decision.capture });
        },
      );
    },

    /** Refunds the captured price of returned units. */
    async refundCredit(ids: readonly string[]) {
      const commands = await commandCache.decided<'return'>(ids);
      return take(credit, 'refundCredit', commands, (account, { id, subject: orderId, decision }) =>
        decideRefundReturn(account, { orderId, returnId: id, amount: decision.refund }),
      );
    },

    /** Increases the credit hold of orders that a revision makes more expensive. */
    async increaseCredit(ids: readonly string[]) {
      const commands = await commandCache.recorded<'revise'>(ids);
      return take(credit, 'increaseCredit', commands, (account, { id, subject: orderId, wanted }) =>
        decideAdjustHold(account, { orderId, adjustmentId: id, by: Math.max(0, recordedBy(id, wanted)) }),
      );
    },

    /** Compensates increaseCredit. Leaves a tombstone when increaseCredit has not run yet. */
    async revokeIncrease(ids: readonly string[]) {
      const commands = await commandCache.recorded<'revise'>(ids);
      return take(credit, 'revokeIncrease', commands, (account, { id, subject: orderId }) =>
        decideRevokeIncrease(account, { orderId, adjustmentId: id }),
      );
    },

    /** Decreases the credit hold of orders that a decided command makes cheaper. */
    async decreaseCredit(ids: readonly string[]) {
      const commands = await commandCache.decided<'cancel' | 'revise' | 'reject'>(ids);
      const settled = await orders.answers.of<SettledRejection>(
        'settleRejection',
        commands.filter(({ kind }) => kind === 'reject').map(({ id }) => id),
      );
      return take(credit, 'decreaseCredit', commands, (account, command) => {
        const by = Math.min(0, changeOf(command, settled.get(command.id)));
        return decideAdjustHold(account, { orderId: command.subject, adjustmentId: command.id, by });
      });
    },
  };
}

function take<Command extends CommandRow<CommandKind> & { readonly wanted: object }>(
  credit: CreditStore,
  step: string,
  commands: readonly Command[],
  decide: (
    account: Parameters<typeof decideHoldCredit>[0],
    command: Command,
  ) => ReturnType<typeof decideHoldCredit>,
): Promise<StepAnswer[]> {
  const onAccounts = commands.map((command) => ({
    ...causeOf(command),
    orderId: command.subject,
    customerId: customerOf(command),
    command,
  }));
  return credit.step(step, onAccounts, (account, { command }) => decide(account, command));
}

function customerOf({ id, wanted }: CommandRow): string {
  if (!('customerId' in wanted)) throw new Error(`command ${id} names no customer`);
  return wanted.customerId;
}

function recordedBy(id: string, { recorded }: CommandRow<'revise'>['wanted']): number {
  if (!recorded) throw new Error(`revision ${id} has no recorded content`);
  return recorded.creditBy;
}

/** Returns the change of the credit held for an order, in minor units, from its settlement or else its decision. */
function changeOf(
  { id, decision }: Pick<CommandRow<'cancel' | 'revise' | 'reject'>, 'id' | 'decision'>,
  settled: SettledRejection | undefined,
): number {
  if (settled) return settled.creditBy;
  if (decision && 'creditBy' in decision) return decision.creditBy;
  throw new Error(`no step has stored how much credit command ${id} gives back`);
}
