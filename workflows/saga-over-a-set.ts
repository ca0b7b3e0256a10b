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
import { ledgerTable } from './ledger-table';
import {
  entryOf,
  type Leaving,
  leavingOf,
  type Member,
  type MemberEnd,
  memberOf,
  mustUndo,
  type Progress,
  progressOf,
  type Seal,
  take,
  takeSeal,
  takeUndo,
  type UndoAnswer,
} from './saga-member';
import { inHalvesOnFault, type MemberResult } from './set-splitting';

/** A proxied local activity: callable with a summary that labels it in the Web UI. */
export interface Labelled<Input, Result> {
  executeWithOptions(options: { summary: string }, args: [Input]): Promise<Result>;
}

type Steps<Name extends string, C extends Command, Given> = {
  readonly [N in Name]: Labelled<
    StepInput<C, Given>,
    Readonly<Record<string, Answer<Partial<Given> & object>>>
  >;
};
type Undos<Name extends string, C extends Command> = {
  readonly [N in Name]: Labelled<UndoInput<C>, Readonly<Record<string, UndoAnswer>>>;
};

export const ledgerQuery = defineQuery<readonly LedgerEntry[]>('ledger');

/** What a step is to its saga. */
interface StepRole<U extends string> {
  readonly undo?: U;
  /** Of whoever falls after this step, and before the pivot. */
  readonly seal?: Seal<U>;
  /** Once it has been taken, nothing before it may be undone any more. */
  readonly isPivot?: boolean;
  /** Of a pivot: what is run in the place of undos for whoever gets no further. */
  readonly orElse?: U;
}

export interface SagaDefinition<F extends string, U extends string, C extends Command, Given> {
  readonly steps: Steps<F, C, Given>;
  readonly undos: Undos<U, C>;
  /** Hands a member with a stuck undo to a workflow of its own; without it, whoever finds it lost goes on. */
  readonly leave?: (member: Leaving<C>) => Promise<void>;
}

/**
 * Runs steps over a set of independent members. Who is refused, or meets a fault alone, is undone once the others are
 * through, last step first; each undo is registered before the call that it undoes. Nothing runs beside anything else:
 * of local activities that do, a replay may hear in another order than the run did.
 */
export function sagaOver<F extends string, U extends string, C extends Command, Given extends object>(
  commands: readonly C[],
  begun: Progress<Given>,
  { steps, undos, leave }: SagaDefinition<F, U, C, Given>,
) {
  const { workflowId: sagaId } = workflowInfo();
  const members = commands.map((command) => memberOf(command, begun));
  const stepNames = Object.keys(steps);
  const ledger = () => members.map(entryOf);
  setHandler(ledgerQuery, ledger);
  const show = () => setCurrentDetails(ledgerTable(ledger()));
  show();

  const undoAll = async () => {
    const fallen = members.filter((member) => member.end?.kind === 'refused' && mustUndo(member));
    for (const name of new Set(fallen.flatMap(({ seal }) => (seal ? [seal.name as U] : [])))) {
      const concerned = fallen.filter(({ seal }) => seal?.name === name);
      await undoOne({ undo: undos[name], name, sagaId }, concerned, takeSeal);
    }
    for (const name of namesOf<C, Given, U>(fallen)) {
      const concerned = fallen.filter((member) => member.undos.includes(name));
      await undoOne({ undo: undos[name], name, sagaId }, concerned, takeUndo);
      show();
    }
    for (const member of fallen) if (member.remaining.length > 0) await leave?.(leavingOf(member));
    show();
  };

  return {
    /** Takes a step for every member that is still going. No request from outside cancels it: a set would die of it. */
    async step(name: F, { isPivot = false, ...role }: StepRole<U> = {}): Promise<void> {
      const undo = role.undo ?? role.orElse;
      const going = members.filter((member) => !member.end);
      if (going.length === 0) return;
      if (undo) for (const member of going) member.undos.unshift(undo);
      const run = (part: readonly Member<C, Given>[]) =>
        steps[name].executeWithOptions({ summary: summaryOf(part) }, [
          { sagaId, members: part.map(({ command, given }) => ({ command, given })) },
        ]);
      const results = await CancellationScope.nonCancellable(() => inHalvesOnFault(going, run));
      const left = stepNames.slice(stepNames.indexOf(name));
      for (const [index, member] of going.entries())
        take(member, { name, undo, seal: role.seal, isPivot, left }, results[index]);
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

    /** Undoes who has fallen, and says how each member ended. */
    async ends(): Promise<readonly MemberEnd<C, Given>[]> {
      await CancellationScope.nonCancellable(undoAll);
      return members.map(endingOf);
    },
  };
}

function endingOf<C extends Command, Given>({ command, given, end }: Member<C, Given>): MemberEnd<C, Given> {
  return end ? { command, ...end } : { command, kind: 'completed', given };
}

/** Where a saga starts that nobody has begun. */
export function fromTheStart<Given>(given: Given): Progress<Given> {
  return { given, done: [], undos: [] };
}

/** An undo, or a seal, on behalf of one saga. */
interface NamedUndo<C extends Command> {
  readonly undo: Labelled<UndoInput<C>, Readonly<Record<string, UndoAnswer>>>;
  readonly name: string;
  readonly sagaId: string;
}

/** Runs one undo for the members it concerns, and takes note for each of what it came to. */
async function undoOne<C extends Command, Given>(
  { undo, name, sagaId }: NamedUndo<C>,
  concerned: readonly Member<C, Given>[],
  takeNote: typeof takeUndo<C, Given>,
): Promise<void> {
  const run = (part: readonly Member<C, Given>[]) =>
    undo.executeWithOptions({ summary: summaryOf(part) }, [
      { sagaId, members: part.map((member) => leavingOf(member, name)) },
    ]);
  let results: readonly MemberResult<UndoAnswer>[];
  try {
    results = await inHalvesOnFault(concerned, run);
  } catch (error) {
    results = concerned.map(() => ({ fault: String(error) }));
  }
  for (const [index, member] of concerned.entries()) takeNote(member, name, results[index]);
}

/** The undos of some members, the last registered first: those of who fell early are the last of who fell late. */
function namesOf<C extends Command, Given, U extends string>(
  fallen: readonly Member<C, Given>[],
): readonly U[] {
  const longestFirst = fallen.map(({ undos }) => undos).sort((a, b) => b.length - a.length);
  return [...new Set(longestFirst.flat())] as U[];
}

function summaryOf(part: readonly { readonly command: Command }[]): string {
  return part.length === 1 ? (part[0]?.command.commandId ?? '') : `${part.length} members`;
}
