import { randomUUID } from 'node:crypto';
import { creditSteps } from '../../../activities/credit-steps';
import { orderSteps } from '../../../activities/order-steps';
import type { StepDeps } from '../../../activities/step-deps';
import { stockSteps } from '../../../activities/stock-steps';
import type { Proposal, StepMember } from '../../../src/contracts/saga';
import type { StepAnswer } from '../../../src/domain/decision';
import type { CarryBatch } from '../../../src/intake/intake';
import type { NewCommand } from '../../../src/stores/orders/command-rows';

/**
 * Runs the SQL of the saga without an engine: the same record and steps, one after the other. It is the yardstick for
 * the cost of durability and legibility. A crash in the middle leaves everything half done.
 */
export function engineless(deps: StepDeps): CarryBatch<NewCommand<'create'>, string> {
  const { orders, commandCache, commands } = deps.stores;
  const credit = creditSteps(deps);
  const stock = stockSteps(deps);
  const order = orderSteps(deps);
  return async (batch) => {
    const recorded = await orders.recordOrders(randomUUID(), batch);
    commandCache.remember(recorded.flatMap((answer) => (answer.kind === 'recorded' ? [answer.row] : [])));
    const ids = batch.map(({ id }) => id);
    const members: StepMember[] = [];
    const refuse = (refused: readonly string[], answers: readonly StepAnswer[], among: readonly string[]) => {
      for (const id of refused) members.push({ id, proposal: refusal(answers[among.indexOf(id)]) });
    };
    const held = await credit.holdCredit(ids);
    const creditworthy = ids.filter((_, at) => held[at]?.kind === 'done');
    refuse(
      ids.filter((id) => !creditworthy.includes(id)),
      held,
      ids,
    );
    const committed = creditworthy.length > 0 ? await stock.commitStock(creditworthy) : [];
    const going = creditworthy.filter((_, at) => committed[at]?.kind === 'done');
    refuse(
      creditworthy.filter((id) => !going.includes(id)),
      committed,
      creditworthy,
    );
    members.push(...going.map((id): StepMember => ({ id, proposal: { kind: 'go' } })));
    const decisions = await order.decideOrder(members);
    const rejected = ids.filter((id) => !going.includes(id));
    if (rejected.length > 0) {
      await stock.releaseStock(rejected);
      await credit.releaseCredit(rejected);
      await commands.close(rejected);
    }
    const answers = ids.map((id) => {
      const word = decisions[id];
      return word?.kind === 'decided' ? word.decision : 'rejected';
    });
    return { answers, ended: Promise.resolve() };
  };
}

function refusal(answer: StepAnswer | undefined): Proposal {
  if (answer?.kind !== 'refused') return { kind: 'refuse', reason: 'PROCESSING_FAILED' };
  return { kind: 'refuse', reason: answer.reason };
}
