import type { StepInput, StepMember, StepWord, StepWords } from '../src/contracts/saga';
import type { StepAnswer } from '../src/domain/decision';
import type { ExtendedStock, FoundStock } from '../src/domain/inventory/reservation/extend';
import type { SurplusGiven } from '../src/domain/inventory/reservation/partner-booking';
import type { ReservationGiven } from '../src/domain/inventory/reservation/reservation';
import { decideOrder, type OrderProposal } from '../src/domain/order/create-order';
import { type SettledRejection, settleRejection } from '../src/domain/order/reject-shipment';
import { decideRevision, type RevisionProposal } from '../src/domain/order/revise-order';
import { explained } from '../src/domain/refusal';
import type { StepDeps } from './step-deps';
import { noteText, wordsOf } from './step-words';

/** Creates the steps that decide in the rows of orders. They read the answers of the other stores. */
export function orderSteps(deps: StepDeps) {
  const { stores, deadlines, callers } = deps;
  const { orders, commandCache } = stores;
  return {
    /** Decides orders in their rows: approves them with the stock that was stored for them, or rejects them. */
    async decideOrder(members: StepInput['members']): Promise<StepWords> {
      const stock = await stockFor(stores, goingIds(members));
      const proposals = new Map(
        members.map((member) => [member.id, orderProposal(member, stock.get(member.id))]),
      );
      const ids = members.map(({ id }) => id);
      const decisions = await orders.decide<'create', ReturnType<typeof decideOrder>['answer']>(
        ids,
        ({ order, now }, row) =>
          decideOrder(order, row, proposalOf(proposals, row.id), { ...deadlines, now }),
      );
      for (const [id, decision] of decisions) commandCache.rememberDecision(id, decision);
      // Callers of rejected orders wait until our own stores have compensated.
      callers.tell(ids.filter((id) => decisions.get(id)?.kind !== 'rejected'));
      return Object.fromEntries([...decisions].map(([id, decision]) => [id, orderWord(decision)]));
    },

    /** Decides revisions in their orders' rows: applies them with the stock that was stored, or turns them back. */
    async decideRevision(members: StepInput['members']): Promise<StepWords> {
      const found = await stores.inventory.answers.of<StepAnswer<ExtendedStock>>(
        'extendStock',
        goingIds(members),
      );
      const proposals = new Map(
        members.map((member) => [member.id, revisionProposal(member, found.get(member.id))]),
      );
      const decisions = await orders.decide<'revise', ReturnType<typeof decideRevision>['answer']>(
        members.map(({ id }) => id),
        ({ order, now }, row) =>
          decideRevision(order, row, proposalOf(proposals, row.id), { ...deadlines, now }),
      );
      for (const [id, decision] of decisions) commandCache.rememberDecision(id, decision);
      return Object.fromEntries([...decisions].map(([id, decision]) => [id, decidedWord(decision)]));
    },

    /** Settles rejected units on their orders: found at other nodes, backordered or cancelled. */
    async settleRejection(ids: readonly string[]): Promise<StepWords> {
      const found = await stores.inventory.answers.of<StepAnswer<FoundStock & SurplusGiven>>(
        'replaceUnits',
        ids,
      );
      const settled = await orders.decide<'reject', SettledRejection & { readonly isOver: boolean }>(
        ids,
        ({ order, now }, row) => {
          const units = doneOf('replaceUnits', row.id, found.get(row.id));
          const hasSurplus = units.hasSurplus === true;
          const decision = settleRejection(order, row, { found: units, hasSurplus }, { ...deadlines, now });
          const isOver = decision.commands.some(({ close }) => close);
          return { ...decision, answer: { ...decision.answer, isOver } };
        },
        'settleRejection',
      );
      const over = ids.filter((id) => settled.get(id)?.isOver);
      callers.tell(over);
      return wordsOf(
        ids,
        ids.map((id) => settled.get(id)),
      );
    },
  };
}

function goingIds(members: readonly StepMember[]): readonly string[] {
  return members.filter(({ proposal }) => proposal?.kind !== 'refuse').map(({ id }) => id);
}

/**
 * Loads the stock that the steps stored for orders. An order with partners has stock only after confirmAtPartners has
 * stored its answer.
 */
async function stockFor({ inventory }: StepDeps['stores'], ids: readonly string[]) {
  const committed = await inventory.answers.of<StepAnswer<ReservationGiven>>('commitStock', ids);
  const atPartners = [...committed].flatMap(([id, answer]) =>
    answer.kind === 'done' && answer.partners.length > 0 ? [id] : [],
  );
  const stock = new Map<string, StepAnswer<ReservationGiven & SurplusGiven>>(committed);
  for (const id of atPartners) stock.delete(id);
  const confirmed = await inventory.answers.of<StepAnswer<ReservationGiven & SurplusGiven>>(
    'confirmAtPartners',
    atPartners,
  );
  return new Map([...stock, ...confirmed]);
}

function orderProposal(
  { id, proposal = { kind: 'go' } }: StepMember,
  answer: StepAnswer<ReservationGiven & SurplusGiven> | undefined,
): OrderProposal {
  if (proposal.kind === 'refuse') return { ...proposal, kind: 'reject' };
  const stock = doneOf('commitStock', id, answer);
  return { kind: 'approve', stock, hasSurplus: stock.hasSurplus === true };
}

function revisionProposal(
  { id, proposal = { kind: 'go' } }: StepMember,
  answer: StepAnswer<ExtendedStock> | undefined,
): RevisionProposal {
  if (proposal.kind === 'go') return { kind: 'apply', found: doneOf('extendStock', id, answer) };
  const { reason, detail } = proposal;
  return { kind: 'turn-back', reason, ...(detail === undefined ? {} : { detail }) };
}

function doneOf<Given extends object>(step: string, id: string, answer: StepAnswer<Given> | undefined) {
  if (answer?.kind !== 'done') throw new Error(`step ${step} has stored no answer for command ${id}`);
  return answer;
}

function proposalOf<P>(proposals: ReadonlyMap<string, P>, id: string): P {
  const proposal = proposals.get(id);
  if (!proposal) throw new Error(`the decision of command ${id} has no proposal`);
  return proposal;
}

/** Returns the short result of a decision. An approval without surplus closes its command. */
function orderWord(decision: ReturnType<typeof decideOrder>['answer']): StepWord {
  if (decision.kind === 'rejected') return decidedWord(decision);
  const hasSurplus = decision.hasSurplus === true;
  return { kind: 'decided', decision: decision.kind, ...(hasSurplus ? { hasSurplus } : { isOver: true }) };
}

function decidedWord({ kind, reason, detail }: DecidedAnswer): StepWord {
  if (reason === undefined) return { kind: 'decided', decision: kind };
  const why = detail === undefined ? { reason } : { reason, detail };
  return { kind: 'decided', decision: kind, reason, note: noteText(explained(why)) };
}

interface DecidedAnswer {
  readonly kind: string;
  readonly reason?: StepReason;
  readonly detail?: string;
}

type StepReason = Extract<StepWord, { readonly kind: 'refused' }>['reason'];
