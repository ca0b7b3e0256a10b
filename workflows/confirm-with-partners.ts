import { proxyActivities, proxyLocalActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { HandedOverOrder } from '../src/contracts/bookings';
import type { CreateOrder, OrderOutcome } from '../src/contracts/commands';
import type { Answer, OrderGiven, StepInput } from '../src/contracts/steps';
import type { Demand } from '../src/domain/inventory/sourcing';
import { askPartner, type PartnerWord } from './asking-a-partner';
import { leaveWithUndos } from './leaving-a-set';
import { milestoneOf } from './milestones';
import { orderOutcomeOf } from './order-outcome';
import { sagaOver } from './saga-over-a-set';
import { CANCEL, FORWARD, UNDO } from './step-options';

const { resourceStock, approveOrder } = proxyLocalActivities<Activities>(FORWARD);
const { rejectOrder, releaseCredit, releaseStock } = proxyLocalActivities<Activities>(UNDO);
const { cancelAtPartners } = proxyActivities<Activities>(CANCEL);

/** After that many refusals an order has waited long enough. */
const MOST_REFUSALS = 4;

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
  for (const { command, given } of members) answers[command.commandId] = await confirmOrder(command, given);
  return answers;
}

/** Asks partner after partner: what the next one is asked for depends on what the one before it has refused. */
async function confirmOrder(command: CreateOrder, stock: OrderGiven): Promise<Answer<OrderGiven>> {
  let given = stock;
  let confirmed: readonly AtNode[] = [];
  for (let round = 1; ; ) {
    const asked = nextToAsk(given, confirmed);
    if (!asked) return { kind: 'done', ...given };
    const { nodeId } = asked;
    const word = await askPartner({
      ...asked,
      orderId: command.commandId,
      reservationId: given.reservationId ?? '',
      round,
    });
    if (word.kind === 'confirmed') {
      confirmed = [...confirmed, asked];
      if (word.isDoubled) given = { ...given, hasSurplus: true };
      continue;
    }
    if (round > MOST_REFUSALS) return { kind: 'refused', reason: 'OUT_OF_STOCK' };
    // All of its part of the order is looked for elsewhere, what it had agreed to before included.
    const hadAgreed = confirmed.some((part) => part.nodeId === nodeId);
    const refusal = { command, nodeId, round, reason: reasonOf(word, hadAgreed) };
    const answer = await resourceStock.executeWithOptions({ summary: `${nodeId}: ${refusal.reason}` }, [
      refusal,
    ]);
    if (answer.kind !== 'done') return answer;
    const hasSurplus = given.hasSurplus || hadAgreed || word.kind === 'out-of-reach';
    given = { ...answer, hasSurplus };
    confirmed = confirmed.filter((part) => part.nodeId !== nodeId);
    round += 1;
  }
}

/** A node that had agreed to a part says nothing of the stock of all that is taken from it now. */
function reasonOf(word: Exclude<PartnerWord, { kind: 'confirmed' }>, hadAgreed: boolean): string {
  if (word.kind === 'out-of-reach') return 'UNREACHABLE';
  return hadAgreed ? 'NO_CAPACITY' : word.reason;
}

interface AtNode {
  readonly nodeId: string;
  readonly lines: readonly Demand[];
}

/** The first partner that has not agreed to everything it should deliver, and what is lacking. */
function nextToAsk(
  { partners = [], allocations = [] }: OrderGiven,
  confirmed: readonly AtNode[],
): AtNode | undefined {
  const agreed = confirmed.flatMap(({ nodeId, lines }) => lines.map((line) => ({ nodeId, ...line })));
  for (const nodeId of partners) {
    const skus = new Set(allocations.filter((part) => part.nodeId === nodeId).map(({ sku }) => sku));
    const lines = [...skus]
      .map((sku) => ({ sku, quantity: unitsAt(allocations, nodeId, sku) - unitsAt(agreed, nodeId, sku) }))
      .filter(({ quantity }) => quantity > 0);
    if (lines.length > 0) return { nodeId, lines };
  }
  return undefined;
}

function unitsAt(
  parts: readonly (Demand & { readonly nodeId: string })[],
  nodeId: string,
  sku: string,
): number {
  return parts
    .filter((part) => part.nodeId === nodeId && part.sku === sku)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}
