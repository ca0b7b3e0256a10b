import { planOf, STEPS, type StepName, stepsAfter } from '../src/contracts/plans';
import type { StepWord, StepWords } from '../src/contracts/saga';
import type { CommandRow, ResolveDecision } from '../src/domain/command/recorded-command';
import type { StepAnswer } from '../src/domain/decision';
import type { FoundStock } from '../src/domain/inventory/reservation/extend';
import { decideResolution, endedByHand } from '../src/domain/order/resolve-command';
import { decideAgainstTrip, noteCancelled } from '../src/domain/trip/decide-trip';
import { PARTIES } from '../src/domain/trip/trip';
import type { StepAnswers } from '../src/stores/log/step-answers';
import type { StepDeps } from './step-deps';

/** The steps that end commands which operators have put right by hand. */
export function resolveSteps({ stores, callers, deadlines }: StepDeps) {
  const { orders, commands, commandCache, trips, inventory, credit } = stores;
  const byHand = async (ids: readonly string[], at: 'inventory' | 'credit', answers: StepAnswers) => {
    for (const { wanted } of await commandCache.recorded<'resolve'>(ids)) {
      const [target] = await commandCache.decided([wanted.target]);
      if (target) await answers.answerByHand(target.id, stepsLeft(target, at));
    }
    return allDone(ids);
  };
  return {
    /** Decides how targets are resolved: one that is undecided is decided against; of another what is left is answered by hand. */
    async resolveTarget(ids: readonly string[]): Promise<StepWords> {
      const decisions = await orders.decide<'resolve', ResolveDecision>(ids, ({ order, row }, command) =>
        decideResolution(order, command, row(command.wanted.target)),
      );
      for (const [id, decision] of decisions) commandCache.rememberDecision(id, decision);
      return Object.fromEntries(
        [...decisions].map(([id, { kind }]): [string, StepWord] => [
          id,
          { kind: 'decided', decision: kind, ...(kind === 'left-alone' ? { isOver: true } : {}) },
        ]),
      );
    },

    /**
     * Has targets run their compensations: a trip is decided against in its own row. The decision has made the saga of each
     * target due, and the relay starts it again.
     */
    async runTarget(ids: readonly string[]): Promise<StepWords> {
      for (const { wanted } of await commandCache.recorded<'resolve'>(ids)) {
        const [target] = await commandCache.recorded([wanted.target]);
        if (target?.kind === 'trip')
          await trips.decide(target.id, (trip, row) => decideAgainstTrip(trip, row, 'PROCESSING_FAILED'));
      }
      return allDone(ids);
    },

    answerInventoryByHand: (ids: readonly string[]): Promise<StepWords> =>
      byHand(ids, 'inventory', inventory.answers),

    answerCreditByHand: (ids: readonly string[]): Promise<StepWords> => byHand(ids, 'credit', credit.answers),

    /** Ends the targets on their orders or trips, and closes them with the resolutions. */
    async closeByHand(ids: readonly string[]): Promise<StepWords> {
      for (const { id, wanted } of await commandCache.recorded<'resolve'>(ids)) {
        const target = (await commands.commands([wanted.target])).get(wanted.target);
        if (target?.kind === 'trip')
          await trips.decide(target.id, (trip, row) => noteCancelled(trip, row, PARTIES));
        const found = target?.kind === 'reject' ? await foundFor(stores, target.id) : undefined;
        const meanwhile = target ? await answeredMeanwhile(stores, target) : [];
        await orders.decide<'resolve', { readonly kind: 'done' }>([id], ({ order, row, now }, command) => {
          const byHand = { terms: { ...deadlines, now }, found, answeredMeanwhile: meanwhile };
          return endedByHand(order, command, row(wanted.target), byHand);
        });
      }
      callers.tell(ids);
      return Object.fromEntries(ids.map((id): [string, StepWord] => [id, { kind: 'done', isOver: true }]));
    },
  };
}

function allDone(ids: readonly string[]): StepWords {
  return Object.fromEntries(ids.map((id): [string, StepWord] => [id, { kind: 'done' }]));
}

/** The steps an operator was to see to that had answered by themselves before his word was stored. */
async function answeredMeanwhile(
  { inventory, credit }: StepDeps['stores'],
  { id, attention }: CommandRow,
): Promise<readonly string[]> {
  const answered = await Promise.all(
    (attention?.remaining ?? []).map(async (step) => {
      const { at } = STEPS[step as StepName] ?? { at: 'partners' };
      if (at !== 'inventory' && at !== 'credit') return [];
      const answers = at === 'inventory' ? inventory.answers : credit.answers;
      const answer = (await answers.of<{ readonly isByHand?: true }>(step, [id])).get(id);
      return answer && !answer.isByHand ? [step] : [];
    }),
  );
  return answered.flat();
}

/** The units that a rejection's own saga had found; undefined where it had not looked. */
async function foundFor({ inventory }: StepDeps['stores'], id: string): Promise<FoundStock | undefined> {
  const answers = await inventory.answers.of<StepAnswer<Partial<FoundStock>>>('replaceUnits', [id]);
  const answer = answers.get(id);
  if (answer?.kind !== 'done' || !answer.allocations || !answer.backordered) return undefined;
  return { allocations: answer.allocations, backordered: answer.backordered };
}

/** The steps on one store that a decided command has left, or may have: answering those that are done changes nothing. */
function stepsLeft(target: CommandRow, at: 'inventory' | 'credit'): readonly string[] {
  const plan = planOf(target.kind);
  if (!plan || !target.decision) return [];
  return stepsAfter(plan, target.decision.kind).filter((step) => STEPS[step].at === at);
}
