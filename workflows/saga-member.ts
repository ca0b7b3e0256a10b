import type { Command } from '../src/contracts/commands';
import type { LedgerEntry } from '../src/contracts/ledger';
import type { Answer } from '../src/contracts/steps';
import type { Attention } from '../src/domain/order/order';
import type { RefusalReason } from '../src/domain/refusal';
import type { MemberResult } from './set-splitting';

/** One member of a set, and how far it is. */
export interface Member<C extends Command, Given> {
  readonly command: C;
  given: Given;
  /** Undos registered so far, the last one first. */
  undos: string[];
  /** What has to let it go back before any of them is run. */
  seal?: Seal | undefined;
  readonly done: string[];
  readonly undone: string[];
  readonly remaining: string[];
  end?: Ending;
  /** The steps it did not get to, and what refused the first of them; nothing of the kind where that met a fault. */
  stop: Attention | null;
  /** What refused one of its undos. */
  undoRefusal?: string;
}

/**
 * Who goes back may not be the only one that runs its command, and the others may have got further. So `name` decides
 * first that nobody can get it to its end any more, and then all that anybody may have done is undone.
 */
export interface Seal<U extends string = string> {
  readonly name: U;
  /** The last step's first. */
  readonly undos: readonly U[];
}

/** Why a member stopped before the end. */
export type Ending =
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly answer?: object }
  | { readonly kind: 'owned-elsewhere'; readonly sagaId: string }
  | { readonly kind: 'continued'; readonly workflowId: string }
  /** It can neither be undone nor finished here: whoever finds it lost, or an operator, goes on. */
  | { readonly kind: 'unfinished' };

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
  /** What is left that only goes on once somebody has looked, and why; null: nothing of the kind. */
  readonly stop?: Attention | null;
}

/** How far a member is: with what it has been given, and the undos that would be run, the last step's first. */
export interface Progress<Given> {
  readonly given: Given;
  readonly done: readonly string[];
  readonly undos: readonly string[];
}

export function memberOf<C extends Command, Given>(command: C, begun: Progress<Given>): Member<C, Given> {
  return {
    command,
    given: begun.given,
    undos: [...begun.undos],
    done: [...begun.done],
    undone: [],
    remaining: [],
    stop: null,
  };
}

export function progressOf<C extends Command, Given>({
  given,
  done,
  undos,
}: Member<C, Given>): Progress<Given> {
  return { given, done: [...done], undos: [...undos] };
}

/** Said by an undo: that it was done, was refused, or (where there is no way back) that the member is `unfinished`. */
export interface UndoAnswer {
  readonly kind: string;
  readonly reason?: RefusalReason;
  readonly detail?: string;
}

/** A step as one member has met it. */
export interface TakenStep {
  readonly name: string;
  readonly undo: string | undefined;
  readonly seal: Seal | undefined;
  readonly isPivot: boolean;
  /** It and those after it. */
  readonly left: readonly string[];
}

/** Takes note of what a step came to. */
export function take<C extends Command, Given extends object>(
  member: Member<C, Given>,
  step: TakenStep,
  result: MemberResult<Answer<Partial<Given> & object>> | undefined,
): void {
  const { name, undo, seal = member.seal, isPivot } = step;
  if (!result || 'fault' in result) {
    // Nobody knows whether it took effect: its own undo runs too, and leaves a tombstone where it did not.
    member.end = { kind: 'refused', reason: 'PROCESSING_FAILED' };
    if (isPivot) leaveUndos(member, undo);
    return;
  }
  const { answer } = result;
  if (answer.kind === 'done') {
    const { kind: _, ...given } = answer;
    member.given = { ...member.given, ...given };
    member.done.push(name);
    if (isPivot) member.undos = undo === undefined ? [] : [undo];
    member.seal = isPivot ? undefined : seal;
    return;
  }
  if (answer.kind === 'owned-elsewhere') member.undos = [];
  else member.undos = member.undos.filter((other) => other !== undo);
  if (answer.kind === 'refused') {
    const { reason, detail = reason } = answer;
    member.stop = { remaining: step.left, failure: `${name}: ${detail}` };
    member.end = { kind: 'refused', reason, answer };
  } else member.end = answer;
}

/**
 * Nobody knows whether the pivot was taken. Undoing here could take away what an approved order holds: whoever goes
 * on seals the order first, and undoes nothing where that comes too late.
 */
function leaveUndos<C extends Command, Given>(member: Member<C, Given>, ofPivot: string | undefined): void {
  member.remaining.push(...member.undos.filter((undo) => undo !== ofPivot));
  member.undos = ofPivot === undefined ? [] : [ofPivot];
  member.seal = undefined;
}

export function mustUndo({ undos, remaining }: Member<Command, unknown>): boolean {
  return undos.length > 0 || remaining.length > 0;
}

/**
 * Takes note of what a seal came to. Refused is what it lets go back, for the reason that it was first refused for; who
 * has gone back to the end already, or is past the point of going back, needs no undo. For whom it fails, nobody knows:
 * none is run.
 */
export function takeSeal<C extends Command, Given>(
  member: Member<C, Given>,
  name: string,
  result: MemberResult<UndoAnswer> | undefined,
): void {
  const { kind, reason = 'PROCESSING_FAILED' }: UndoAnswer =
    result && 'answer' in result ? result.answer : { kind: 'fault' };
  const isBack = kind === 'refused' || kind === 'over';
  if (isBack) member.undone.push(name);
  if (kind === 'fault') member.remaining.push(...member.undos);
  member.undos = kind === 'refused' ? [...(member.seal?.undos ?? [])] : [];
  member.end = isBack ? { kind: 'refused', reason } : { kind: 'unfinished' };
}

/** Takes note of what an undo came to. Whoever it fails for keeps it as remaining. */
export function takeUndo<C extends Command, Given>(
  member: Member<C, Given>,
  name: string,
  result: MemberResult<UndoAnswer> | undefined,
): void {
  if (!result || 'fault' in result) {
    member.remaining.push(name);
    return;
  }
  const { kind, reason, detail = reason } = result.answer;
  if (kind === 'refused') {
    member.remaining.push(name);
    member.undoRefusal ??= `${name}: ${detail}`;
  } else if (kind === 'unfinished') member.end = { kind };
  else member.undone.push(name);
}

/** What whoever runs the undo `next` for a member, or goes on with it, is told. */
export function leavingOf<C extends Command, Given>(member: Member<C, Given>, next?: string): Leaving<C> {
  const { command, end, undone, remaining } = member;
  const reason = end?.kind === 'refused' ? end.reason : 'PROCESSING_FAILED';
  return { command, reason, undone: [...undone], remaining: [...remaining], stop: stopOf(member, next) };
}

/** An undo that failed for now is run again by whoever finds the member lost; one that was refused is not. */
function stopOf({ remaining, stop, undoRefusal }: Member<Command, unknown>, next?: string): Attention | null {
  if (remaining.length === 0) return stop;
  if (undoRefusal === undefined) return null;
  return { remaining: next === undefined ? [...remaining] : [...remaining, next], failure: undoRefusal };
}

export function entryOf<C extends Command, Given>(member: Member<C, Given>): LedgerEntry {
  const { command, done, undone, remaining, end } = member;
  const due = end?.kind === 'refused' ? member.undos : [];
  const left = due.filter((undo) => !undone.includes(undo) && !remaining.includes(undo));
  return {
    id: command.commandId,
    done: [...done],
    undone: [...undone],
    remaining: [...remaining, ...left],
    ended: end?.kind ?? null,
    reason: end?.kind === 'refused' ? end.reason : null,
  };
}
