import { proxyActivities, proxyLocalActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { HandedOverOrder } from '../src/contracts/bookings';
import type { CreateOrder, OrderOutcome } from '../src/contracts/commands';
import type { Answer, OrderGiven, StepInput } from '../src/contracts/steps';
import { askPartner } from './asking-a-partner';
import { leaveWithUndos } from './leaving-a-set';
import { milestoneOf } from './milestones';
import { orderOutcomeOf } from './order-outcome';
import { sagaOver } from './saga-over-a-set';
import { CANCEL, FORWARD, UNDO } from './step-options';

const { askPartners, notePartnerReply, approveOrder } = proxyLocalActivities<Activities>(FORWARD);
const { rejectOrder, releaseCredit, releaseStock } = proxyLocalActivities<Activities>(UNDO);
const { cancelAtPartners } = proxyActivities<Activities>(CANCEL);

const definition = {
  // Not an activity but a way through several: to the saga it is one step, with one answer.
  steps: { confirmAtPartners: { executeWithOptions: confirmAtPartners }, approveOrder },
  undos: { cancelAtPartners, rejectOrder, releaseCredit, releaseStock },
  leave: leaveWithUndos,
};

/** Takes an order whose stock lies with partners to APPROVED once all of them have agreed, or to REJECTED. */
export async function confirmWithPartners({ command, ...progress }: HandedOverOrder): Promise<OrderOutcome> {
  const undos = ['cancelAtPartners', ...progress.undos];
  const saga = sagaOver<
    keyof typeof definition.steps,
    keyof typeof definition.undos,
    CreateOrder,
    OrderGiven
  >([command], { ...progress, undos }, definition);
  await saga.step('confirmAtPartners');
  await saga.step('approveOrder', { isPivot: true });
  const [end] = await saga.ends();
  if (!end) throw new Error('a saga of one order has one end');
  if (end.kind === 'completed' && end.given.hasSurplus) {
    await leaveWithUndos({ command, reason: 'RECLAIMED', undone: [], remaining: ['cancelAtPartners'] });
  }
  const outcome = orderOutcomeOf(end);
  upsertSearchAttributes(milestoneOf([outcome]));
  return outcome;
}

async function confirmAtPartners(
  _label: object,
  [{ members }]: [StepInput<CreateOrder, OrderGiven>],
): Promise<Record<string, Answer<OrderGiven>>> {
  const answers: Record<string, Answer<OrderGiven>> = {};
  for (const { command } of members) answers[command.commandId] = await confirmOrder(command);
  return answers;
}

/** Asks partner after partner: the inventory says who is next, from the replies it has stored. */
async function confirmOrder(command: CreateOrder): Promise<Answer<OrderGiven>> {
  const { commandId: orderId } = command;
  let next = await askPartners.executeWithOptions({ summary: orderId }, [{ command }]);
  while (next.kind === 'ask') {
    const { reservationId, nodeId, round, lines } = next;
    const word = await askPartner({ orderId, reservationId, nodeId, round, lines });
    const reply = { command, nodeId, round, word };
    next = await notePartnerReply.executeWithOptions({ summary: `${nodeId}: ${word.kind}` }, [reply]);
  }
  return next;
}
