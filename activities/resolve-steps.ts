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

/** Creates the steps of resolutions. They end commands that an operator has resolved by hand. */
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
    /** Decides resolutions: an undecided target is decided against; a decided target is ended by hand. */
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
     * Decides against targets that are trips, in their own rows. Other targets were decided in resolveTarget. The relay
     * restarts the saga of each target, which runs the compensations.
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

    /** Ends the targets on their orders or trips and closes them together with their resolutions. */
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

/** Returns the remaining steps that stored answers of their own before the operator's answer was stored. */
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

/** Returns the units that a rejection's own saga found; undefined when it stored none. */
async function foundFor({ inventory }: StepDeps['stores'], id: string): Promise<FoundStock | undefined> {
  const answers = await inventory.answers.of<StepAnswer<Partial<FoundStock>>>('replaceUnits', [id]);
  const answer = answers.get(id);
  if (answer?.kind !== 'done' || !answer.allocations || !answer.backordered) return undefined;
  return { allocations: answer.allocations, backordered: answer.backordered };
}

/**
 * Returns the steps on one store that follow the decision, done or not: an answer by hand does not replace a stored
 * answer.
 */
function stepsLeft(target: CommandRow, at: 'inventory' | 'credit'): readonly string[] {
  const plan = planOf(target.kind);
  if (!plan || !target.decision) return [];
  return stepsAfter(plan, target.decision.kind).filter((step) => STEPS[step].at === at);
}
