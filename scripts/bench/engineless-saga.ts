import { creditSteps } from '../../activities/credit-steps';
import { USUAL_DEADLINES } from '../../activities/on-orders';
import { orderSteps } from '../../activities/order-steps';
import { stockSteps } from '../../activities/stock-steps';
import type { CreateOrder } from '../../src/contracts/commands';
import type { RunningSaga } from '../../src/intake/intake';
import type { Stores } from '../../src/stores/stores';

/**
 * The SQL of the saga with no engine behind it: the very steps, called one after the other. It is the yardstick for
 * what durability and legibility cost; a crash in the middle would leave everything half done.
 */
export function engineless(stores: Stores) {
  const order = orderSteps({ orders: stores.orders, deadlines: USUAL_DEADLINES });
  const credit = creditSteps(stores.credit);
  const stock = stockSteps(stores.inventory);
  const run = async (commands: readonly CreateOrder[]): Promise<readonly string[]> => {
    const sagaId = commands[0]?.commandId ?? '';
    const members = commands.map((command) => ({ command, given: {} }));
    await order.recordOrder({ sagaId, members });
    const held = await credit.holdCredit({ sagaId, members });
    const creditworthy = members.filter((_, index) => held[index]?.kind === 'done');
    const answers = await stock.commitStock({ sagaId, members: creditworthy });
    const going = creditworthy.flatMap(({ command }, index) => {
      const given = answers[index];
      return given?.kind === 'done' ? [{ command, given }] : [];
    });
    const fallen = creditworthy.flatMap(({ command }, index) =>
      answers[index]?.kind === 'done'
        ? []
        : [{ command, reason: 'OUT_OF_STOCK' as const, undone: ['releaseCredit'], remaining: [] }],
    );
    if (fallen.length > 0) await credit.releaseCredit({ members: fallen });
    if (fallen.length > 0) await order.rejectOrder({ members: fallen });
    if (going.length > 0) await order.approveOrder({ sagaId, members: going });
    const approved = new Set(going.map(({ command }) => command.commandId));
    return commands.map(({ commandId }) => (approved.has(commandId) ? 'approved' : 'rejected'));
  };
  return {
    start: async (commands: readonly CreateOrder[]): Promise<RunningSaga<string>> => ({
      outcomes: run(commands),
    }),
  };
}
