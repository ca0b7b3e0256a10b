import {
  CancellationScope,
  defineQuery,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command } from '../src/contracts/commands';
import type { LedgerEntry } from '../src/contracts/ledger';
import type { Answer, StepInput, UndoInput } from '../src/contracts/steps';
import type { RefusalReason } from '../src/domain/refusal';
import { ledgerTable } from './ledger-table';
import { inHalvesOnFault, type MemberResult } from './set-splitting';

/** A proxied local activity: callable with a summary that labels it in the Web UI. */
interface Labelled<Input, Result> {
  executeWithOptions(options: { summary: string }, args: [Input]): Promise<Result>;
}

type Steps<Name extends string, C extends Command, Given> = {
  readonly [N in Name]: Labelled<
    StepInput<C, Given>,
    Readonly<Record<string, Answer<Partial<Given> & object>>>
  >;
};
type Undos<Name extends string, C extends Command> = {
  readonly [N in Name]: Labelled<UndoInput<C>, Readonly<Record<string, unknown>>>;
};

interface Member<C extends Command, Given> {
  readonly command: C;
  given: Given;
  /** Undos registered so far, the last one first. */
  undos: string[];
  readonly done: string[];
  readonly undone: string[];
  readonly remaining: string[];
  end?: Ending;
}

/** Why a member stopped before the end. */
export type Ending =
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly answer?: object }
  | { readonly kind: 'owned-elsewhere'; readonly sagaId: string }
  | { readonly kind: 'continued'; readonly workflowId: string };

/** How a member ended: with everything its steps have given, or early. */
export type MemberEnd<C, Given> = { readonly command: C } & (
  | { readonly kind: 'completed'; readonly given: Given }
  | Ending
);

/** A member whose undos did not succeed here: somebody has to go on with them. */
export interface Leaving<C> {
  readonly command: C;
  readonly reason: RefusalReason;
  readonly undone: readonly string[];
  readonly remaining: readonly string[];
}

/** How far a member is: with what it has been given, and the undos that would be run, the last step's first. */
export interface Progress<Given> {
  readonly given: Given;
  readonly done: readonly string[];
  readonly undos: readonly string[];
}

export const ledgerQuery = defineQuery<readonly LedgerEntry[]>('ledger');

/** What a step is to its saga. */
interface StepRole<U> {
  readonly undo?: U;
  /** Once it has been taken, nothing may be undone any more. */
  readonly isPivot?: boolean;
}

export interface SagaDefinition<F extends string, U extends string, C extends Command, Given> {
  readonly steps: Steps<F, C, Given>;
  readonly undos: Undos<U, C>;
  /** Hands a member with a stuck undo to a workflow of its own. */
  readonly leave: (member: Leaving<C>) => Promise<void>;
}

/**
 * Runs steps over a set of independent members. Who is refused, or meets a fault alone, is undone at once, last
 * step first, while the others go on; each undo is registered before the call that it undoes.
 */
export function sagaOver<F extends string, U extends string, C extends Command, Given extends object>(
  commands: readonly C[],
  begun: Progress<Given>,
  { steps, undos, leave }: SagaDefinition<F, U, C, Given>,
) {
  const { workflowId: sagaId } = workflowInfo();
  const members: Member<C, Given>[] = commands.map((command) => ({
    command,
    given: begun.given,
    undos: [...begun.undos],
    done: [...begun.done],
    undone: [],
    remaining: [],
  }));
  const compensations: Promise<void>[] = [];
  const ledger = () => members.map(entryOf);
  setHandler(ledgerQuery, ledger);
  const show = () => setCurrentDetails(ledgerTable(ledger()));
  show();

  const undoAll = async (fallen: readonly Member<C, Given>[]) => {
    for (const name of namesOf<C, Given, U>(fallen)) {
      const concerned = fallen.filter((member) => member.undos.includes(name));
      await undoOne(undos[name], name, concerned, sagaId);
    }
    for (const member of fallen) if (member.remaining.length > 0) await leave(leavingOf(member));
    show();
  };

  return {
    /** Takes a step for every member that is still going. No request from outside cancels it: a set would die of it. */
    async step(name: F, { undo, isPivot = false }: StepRole<U> = {}): Promise<void> {
      const going = members.filter((member) => !member.end);
      if (going.length === 0) return;
      if (undo) for (const member of going) member.undos.unshift(undo);
      const run = (part: readonly Member<C, Given>[]) =>
        steps[name].executeWithOptions({ summary: summaryOf(part) }, [
          { sagaId, members: part.map(({ command, given }) => ({ command, given })) },
        ]);
      const results = await CancellationScope.nonCancellable(() => inHalvesOnFault(going, run));
      for (const [index, member] of going.entries()) take(member, name, undo, results[index]);
      if (isPivot) going.filter((_, index) => isFault(results[index])).forEach(leaveAllUndos);
      const fallen = going.filter((member) => member.end?.kind === 'refused' && mustUndo(member));
      if (fallen.length > 0) compensations.push(CancellationScope.nonCancellable(() => undoAll(fallen)));
      show();
    },

    /** Lets members that are concerned go on in workflows of their own: whatever delays them delays nobody here. */
    async continueElsewhere(
      isConcerned: (given: Given) => boolean,
      begin: (command: C, progress: Progress<Given>) => Promise<string>,
    ): Promise<void> {
      const concerned = members.filter(({ end, given }) => !end && isConcerned(given));
      if (concerned.length === 0) return;
      const handOver = (member: Member<C, Given>) => begin(member.command, progressOf(member));
      const workflowIds = await CancellationScope.nonCancellable(() => Promise.all(concerned.map(handOver)));
      for (const [index, member] of concerned.entries()) {
        member.end = { kind: 'continued', workflowId: workflowIds[index] ?? '' };
        member.undos = [];
      }
      show();
    },

    /** Waits for every undo that has been begun, and says how each member ended. */
    async ends(): Promise<readonly MemberEnd<C, Given>[]> {
      await Promise.all(compensations);
      return members.map(({ command, given, end }) =>
        end ? { command, ...end } : { command, kind: 'completed', given },
      );
    },
  };
}

/** Where a saga starts that nobody has begun. */
export function fromTheStart<Given>(given: Given): Progress<Given> {
  return { given, done: [], undos: [] };
}

function progressOf<C extends Command, Given>({ given, done, undos }: Member<C, Given>): Progress<Given> {
  return { given, done: [...done], undos: [...undos] };
}

function take<C extends Command, Given extends object>(
  member: Member<C, Given>,
  step: string,
  undo: string | undefined,
  result: MemberResult<Answer<Partial<Given> & object>> | undefined,
): void {
  if (!result || 'fault' in result) {
    // Nobody knows whether it took effect: its own undo runs too, and leaves a tombstone where it did not.
    member.end = { kind: 'refused', reason: 'PROCESSING_FAILED' };
    return;
  }
  const { answer } = result;
  if (answer.kind === 'done') {
    const { kind: _, ...given } = answer;
    member.given = { ...member.given, ...given };
    member.done.push(step);
    return;
  }
  if (answer.kind === 'owned-elsewhere') member.undos = [];
  else member.undos = member.undos.filter((name) => name !== undo);
  member.end = answer.kind === 'refused' ? { kind: 'refused', reason: answer.reason, answer } : answer;
}

function isFault(result: MemberResult<unknown> | undefined): boolean {
  return !result || 'fault' in result;
}

function mustUndo({ undos, remaining }: Member<Command, unknown>): boolean {
  return undos.length > 0 || remaining.length > 0;
}

/**
 * Nobody knows whether the pivot was taken. Undoing here could take away what an approved order holds: whoever goes
 * on seals the order first, and undoes nothing where that comes too late.
 */
function leaveAllUndos<C extends Command, Given>(member: Member<C, Given>): void {
  member.remaining.push(...member.undos);
  member.undos = [];
}

/** Runs one undo for the members it concerns. Whoever it fails for keeps it as remaining; the other undos go on. */
async function undoOne<C extends Command, Given>(
  undo: Labelled<UndoInput<C>, Readonly<Record<string, unknown>>>,
  name: string,
  concerned: readonly Member<C, Given>[],
  sagaId: string,
): Promise<void> {
  const run = (part: readonly Member<C, Given>[]) =>
    undo.executeWithOptions({ summary: summaryOf(part) }, [{ sagaId, members: part.map(leavingOf) }]);
  let results: readonly MemberResult<unknown>[];
  try {
    results = await inHalvesOnFault(concerned, run);
  } catch (error) {
    results = concerned.map(() => ({ fault: String(error) }));
  }
  for (const [index, member] of concerned.entries()) {
    const result = results[index];
    if (result && 'answer' in result) member.undone.push(name);
    else member.remaining.push(name);
  }
}

/** The undos of some members that fell at the same step, the last registered first. */
function namesOf<C extends Command, Given, U extends string>(
  fallen: readonly Member<C, Given>[],
): readonly U[] {
  const longest = fallen.reduce<string[]>((a, { undos }) => (undos.length > a.length ? undos : a), []);
  return longest as U[];
}

function leavingOf<C extends Command, Given>(member: Member<C, Given>): Leaving<C> {
  const { command, end, undone, remaining } = member;
  const reason = end?.kind === 'refused' ? end.reason : 'PROCESSING_FAILED';
  return { command, reason, undone: [...undone], remaining: [...remaining] };
}

function entryOf<C extends Command, Given>({
  command,
  done,
  undone,
  remaining,
  end,
}: Member<C, Given>): LedgerEntry {
  return {
    id: command.commandId,
    done: [...done],
    undone: [...undone],
    remaining: [...remaining],
    ended: end?.kind ?? null,
    reason: end?.kind === 'refused' ? end.reason : null,
  };
}

function summaryOf(part: readonly { readonly command: Command }[]): string {
  return part.length === 1 ? (part[0]?.command.commandId ?? '') : `${part.length} members`;
}
