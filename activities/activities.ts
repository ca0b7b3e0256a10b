import type { ReserveInventory } from '../src/contracts/commands';
import type { StepInput, StepWords } from '../src/contracts/saga';
import type { StepAnswer } from '../src/domain/decision';
import { commandSteps } from './command-steps';
import { creditSteps } from './credit-steps';
import { freeingSteps } from './freeing-steps';
import { orderSteps } from './order-steps';
import { partnerCalls, partnerReplySteps } from './partner-steps';
import { resolveSteps } from './resolve-steps';
import type { StepDeps } from './step-deps';
import { asStep, type NoteFailure } from './step-faults';
import { noted } from './step-notes';
import { wordsOf } from './step-words';
import { holdSteps, stockSteps } from './stock-steps';
import { tripCalls, tripSteps } from './trip-steps';

type Step = (input: StepInput) => Promise<StepWords>;

/** Creates every activity of the saga workers. Each step on our own stores commits to one store. */
export function createActivities(deps: StepDeps) {
  const noteFailure: NoteFailure = (ids, failure) => deps.stores.commands.noteFailure(ids, failure);
  const { decideOrder, decideRevision, ...orders } = orderSteps(deps);
  const { holdStock } = holdSteps(deps);
  const whole = (step: string, take: (members: StepInput['members']) => Promise<StepWords>): Step => {
    return ({ members }) =>
      asStep({ step, ids: members.map(({ id }) => id) }, () => take(members), noteFailure);
  };
  return {
    ...answering({ ...creditSteps(deps), ...stockSteps(deps) }, deps, noteFailure),
    ...wording({ ...orders, ...freeingSteps(deps), ...resolveSteps(deps) }, noteFailure),
    decideOrder: whole('decideOrder', decideOrder),
    decideRevision: whole('decideRevision', decideRevision),
    holdStock: ({ commands }: { readonly commands: readonly ReserveInventory[] }) =>
      asStep(
        { step: 'holdStock', ids: commands.map(({ commandId }) => commandId) },
        () => holdStock(commands),
        noNote,
      ),
    ...ofOne(partnerReplySteps(deps), noteFailure),
    ...ofOne(tripSteps(deps), noteFailure),
    ...commandSteps(deps),
    ...partnerCalls(deps),
    ...tripCalls(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;

/** Creates the calls to third parties, for the workers of the party task queue. */
export function createPartyActivities(deps: StepDeps) {
  return { ...partnerCalls(deps), ...tripCalls(deps) };
}

type Answering = (ids: readonly string[]) => Promise<readonly StepAnswer[]>;
type Wording = (ids: readonly string[]) => Promise<StepWords>;

/**
 * Wraps steps whose answers stay in their store: the workflow gets only a word per command. The word of a lone command
 * has a note.
 */
function answering<Name extends string>(
  steps: Readonly<Record<Name, Answering>>,
  { stores: { commandCache } }: StepDeps,
  noteFailure: NoteFailure,
): Record<Name, Step> {
  return wording(
    mapped(
      steps,
      (step, take): Wording =>
        async (ids) => {
          const answers = await take(ids);
          const words = wordsOf(ids, answers);
          const [answer, ...others] = answers;
          if (!answer || others.length > 0) return words;
          const [command] = await commandCache.recorded(ids);
          const word = command && words[command.id];
          return word ? noted(step, command, { word, answer }) : words;
        },
    ),
    noteFailure,
  );
}

function wording<Name extends string>(
  steps: Readonly<Record<Name, Wording>>,
  noteFailure: NoteFailure,
): Record<Name, Step> {
  return mapped(
    steps,
    (step, take): Step =>
      ({ members }) => {
        const ids = members.map(({ id }) => id);
        return asStep({ step, ids }, () => take(ids), noteFailure);
      },
  );
}

/** Wraps steps that serve one command and have their own input and answer types. */
function ofOne<Steps extends object>(steps: Steps, noteFailure: NoteFailure): Steps {
  const wrapped = Object.entries(steps).map(([step, take]) => [
    step,
    (input: { readonly id: string }) => asStep({ step, ids: [input.id] }, () => take(input), noteFailure),
  ]);
  return Object.fromEntries(wrapped) as Steps;
}

function mapped<Name extends string, From, To>(
  steps: Readonly<Record<Name, From>>,
  change: (name: string, step: From) => To,
): Record<Name, To> {
  const entries = Object.entries<From>(steps).map(([name, step]) => [name, change(name, step)]);
  return Object.fromEntries(entries) as Record<Name, To>;
}

/** Does nothing: a reservation has no command row to note a failure in. */
const noNote: NoteFailure = async () => undefined;
