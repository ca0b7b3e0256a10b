import {
  PLANS,
  type PlannedKind,
  type SagaPlan,
  STEPS,
  type StepName,
  stepsAfter,
  workflowOf,
} from '../src/contracts/plans';
import { batchIdOf, type StepWord, type StepWords } from '../src/contracts/saga';
import type { CommandRow, ResolveDecision } from '../src/domain/command/recorded-command';
import { decideResolution, endedByHand } from '../src/domain/order/resolve-command';
import { decideAgainstTrip, noteCancelled } from '../src/domain/trip/decide-trip';
import { PARTIES } from '../src/domain/trip/trip';
import type { StepAnswers } from '../src/stores/step-answers';
import type { StepDeps } from './step-deps';

/** The steps that end commands which operators have put right by hand. */
export function resolveSteps({ stores, callers, deadlines }: StepDeps) {
  const { orders, commands, commandCache, trips, inventory, credit } = stores;
  const byHand = async (ids: readonly string[], at: 'inventory' | 'credit', answers: StepAnswers) => {
    for (const { wanted } of await commandCache.recorded<'resolve'>(ids)) {
      const [target] = await commandCache.decided([wanted.target]);
      if (target) await answers.answerByHand(target.id, stepsLeft(target, at));
    }
    return Object.fromEntries(ids.map((id): [string, StepWord] => [id, { kind: 'done' }]));
  };
  return {
    /**
     * Decides how targets are resolved: one that is undecided is decided against, and its own saga runs its
     * compensations; for a decided one what is left is answered by hand.
     */
    async resolveTarget(ids: readonly string[]): Promise<StepWords> {
      const decisions = await orders.decide<'resolve', ResolveDecision>(ids, ({ order, row }, command) =>
        decideResolution(order, command, row(command.wanted.target)),
      );
      for (const [id, decision] of decisions) {
        commandCache.rememberDecision(id, decision);
        if (decision.kind === 'decided-against') await giveBack(stores, id);
      }
      callers.tell([...decisions].filter(([, { kind }]) => kind === 'decided-against').map(([id]) => id));
      return Object.fromEntries(
        [...decisions].map(([id, { kind }]): [string, StepWord] => [id, { kind: 'decided', decision: kind }]),
      );
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
        const meanwhile = target ? await answeredMeanwhile(stores, target) : [];
        await orders.decide<'resolve', { readonly kind: 'done' }>([id], ({ order, row, now }, command) =>
          endedByHand(
            order,
            command,
            { target: row(wanted.target), answeredMeanwhile: meanwhile },
            { ...deadlines, now },
          ),
        );
      }
      callers.tell(ids);
      return Object.fromEntries(ids.map((id): [string, StepWord] => [id, { kind: 'done', isOver: true }]));
    },
  };
}

/** A target's own saga runs its compensations: under a fresh id, as its last one has ended. */
async function giveBack({ commandCache, commands, trips }: StepDeps['stores'], id: string): Promise<void> {
  const [resolution] = await commandCache.recorded<'resolve'>([id]);
  if (!resolution) return;
  const { target } = resolution.wanted;
  const [row] = await commandCache.recorded([target]);
  if (!row) return;
  if (row.kind === 'trip')
    await trips.decide(target, (trip, command) => decideAgainstTrip(trip, command, 'PROCESSING_FAILED'));
  await commands.retry(target, batchIdOf(workflowOf(row.kind) ?? row.kind, row.subject, id));
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

/** The steps on one store that a decided command has left, or may have: answering those that are done changes nothing. */
function stepsLeft(target: CommandRow, at: 'inventory' | 'credit'): readonly string[] {
  if (!(target.kind in PLANS) || !target.decision) return [];
  const plan: SagaPlan = PLANS[target.kind as PlannedKind];
  return stepsAfter(plan, target.decision.kind).filter((step) => STEPS[step].at === at);
}
