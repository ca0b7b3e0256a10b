import type { ReserveInventory } from '../src/contracts/commands';
import type { StepInput, StepWord, StepWords } from '../src/contracts/saga';
import { done, type StepAnswer } from '../src/domain/decision';
import { commandSteps } from './command-steps';
import { creditSteps } from './credit-steps';
import { freeingSteps } from './freeing-steps';
import { orderSteps } from './order-steps';
import { partnerCalls, partnerReplySteps } from './partner-steps';
import { resolveSteps } from './resolve-steps';
import { observed, type RunStep, stepRunner } from './run-step';
import type { StepDeps } from './step-deps';
import type { NoteFailure } from './step-faults';
import { noted } from './step-notes';
import { wordsOf } from './step-words';
import { holdSteps, stockSteps } from './stock-steps';
import { tripCalls, tripSteps } from './trip-steps';

type Step = (input: StepInput) => Promise<StepWords>;

/** Creates every activity of the saga workers. Each step on our own stores commits to one store. */
export function createActivities(deps: StepDeps) {
  const run = stepRunner(deps, (ids, failure) => deps.stores.commands.noteFailure(ids, failure));
  const runWithoutRow = stepRunner(deps, noNote);
  const { decideOrder, decideRevision, ...orders } = orderSteps(deps);
  const { holdStock } = holdSteps(deps);
  const whole = (step: string, take: (members: StepInput['members']) => Promise<StepWords>): Step => {
    return ({ members }) => run({ step, ids: members.map(({ id }) => id) }, () => take(members), eachWord);
  };
  return {
    ...answering({ ...creditSteps(deps), ...stockSteps(deps) }, deps, run),
    ...wording({ ...orders, ...freeingSteps(deps), ...resolveSteps(deps) }, run),
    decideOrder: whole('decideOrder', decideOrder),
    decideRevision: whole('decideRevision', decideRevision),
    holdStock: ({ commands }: { readonly commands: readonly ReserveInventory[] }) =>
      runWithoutRow(
        { step: 'holdStock', ids: commands.map(({ commandId }) => commandId) },
        () => holdStock(commands),
        (outcomes) => outcomes,
      ),
    ...ofOne(partnerReplySteps(deps), run),
    ...ofOne(tripSteps(deps), run),
    ...commandSteps(deps),
    ...createPartyActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;

/** Creates the calls to third parties, for the workers of the party task queue. */
export function createPartyActivities(deps: StepDeps) {
  return {
    ...observedCalls(partnerCalls(deps), deps),
    ...observedCalls(tripCalls(deps), deps),
  };
}

type PartyCall = (input: never) => Promise<unknown>;

/**
 * Wraps the activities that call third parties. They map their faults themselves, and each serves one command. A
 * cancellation has no answer: it throws until it is confirmed.
 */
function observedCalls<Calls extends Readonly<Record<string, PartyCall>>>(
  calls: Calls,
  deps: StepDeps,
): Calls {
  return mapped<string, PartyCall, PartyCall>(
    calls,
    (step, call) => (input) =>
      observed(
        deps,
        step,
        1,
        () => call(input),
        (answer) => [(answer as { readonly kind: string } | undefined) ?? done],
      ),
  ) as unknown as Calls;
}

type Answering = (ids: readonly string[]) => Promise<readonly StepAnswer[]>;
type Wording = (ids: readonly string[]) => Promise<StepWords>;

/**
 * Wraps steps whose full answers stay in their store: the workflow gets a short result for each command, and a note
 * with the result of a lone command.
 */
function answering<Name extends string>(
  steps: Readonly<Record<Name, Answering>>,
  { stores: { commandCache } }: StepDeps,
  run: RunStep,
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
    run,
  );
}

function wording<Name extends string>(
  steps: Readonly<Record<Name, Wording>>,
  run: RunStep,
): Record<Name, Step> {
  return mapped(
    steps,
    (step, take): Step =>
      ({ members }) => {
        const ids = members.map(({ id }) => id);
        return run({ step, ids }, () => take(ids), eachWord);
      },
  );
}

/** Wraps steps that serve one command and have their own input and answer types. */
function ofOne<Steps extends Readonly<Record<string, StepOfOne>>>(steps: Steps, run: RunStep): Steps {
  return mapped<string, StepOfOne, StepOfOne>(
    steps,
    (step, take) => (input) =>
      run(
        { step, ids: [(input as OfOne).id] },
        () => take(input),
        (answer) => [answer],
      ),
  ) as unknown as Steps;
}

interface OfOne {
  readonly id: string;
}

type StepOfOne = (input: never) => Promise<{ readonly kind: string }>;

function eachWord(words: StepWords): readonly StepWord[] {
  return Object.values(words);
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
