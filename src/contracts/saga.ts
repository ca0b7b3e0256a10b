import type { RefusalReason, Shortage } from '../domain/refusal';
import { compositeName } from '../names/composite-name';

/** A command in a saga. A workflow carries ids, kinds, reasons and short texts; the content stays in the store. */
export interface SagaMember {
  readonly id: string;
  /** The order or trip that it makes or changes. */
  readonly subject: string;
  /** The kind of its decision; null while undecided. A decided member runs no tentative step. */
  readonly decision: string | null;
  /** A description of the command, for the Temporal Web UI. */
  readonly line: string;
  /** RFC 3339. */
  readonly recordedAt: string;
  /** The reason of its refusal in plain words; absent while it is not refused. */
  readonly cause?: string;
}

/** The most members of one batch: their ids fit one search attribute of 2,048 bytes, so each is found by its own id. */
export const LARGEST_BATCH = 85;

export interface SagaInput {
  readonly members: readonly SagaMember[];
}

/** A run's proposal for the decision of a command: carry it out or refuse it. */
export type Proposal =
  | { readonly kind: 'go' }
  | {
      readonly kind: 'refuse';
      readonly reason: RefusalReason;
      readonly detail?: string;
      readonly shortages?: readonly Shortage[];
    };

/** One member at one step. */
export interface StepMember {
  readonly id: string;
  /** Used by the decision step only. */
  readonly proposal?: Proposal;
}

export interface StepInput {
  readonly workflowId: string;
  readonly members: readonly StepMember[];
}

/** The short answer of a step; the full answer stays in its store under (command, step). */
export type StepWord =
  | {
      readonly kind: 'done';
      /** The result in a few words, for the Temporal Web UI. Only a lone command gets one: large batches stay small. */
      readonly note?: string;
      /** The step has closed the command. */
      readonly isOver?: boolean;
      /** Partners hold some of its stock and have to confirm. */
      readonly hasPartners?: boolean;
      /** Partners may have booked more than the order needs. */
      readonly hasSurplus?: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly detail?: string;
      readonly shortages?: readonly Shortage[];
      /** The reason in plain words. */
      readonly note?: string;
    }
  | {
      readonly kind: 'decided';
      readonly decision: string;
      readonly reason?: RefusalReason;
      /** The reason in plain words. */
      readonly note?: string;
      readonly isOver?: boolean;
      readonly hasSurplus?: boolean;
    };

/** The answers of a step by command id. */
export type StepWords = Readonly<Record<string, StepWord>>;

/** The end of a command in one run of its saga. */
export interface MemberEnd {
  readonly id: string;
  readonly decision: string | null;
  readonly reason?: RefusalReason;
  /**
   * `closed`: no step is left. `detached`: its own workflow continues it. `attention`: an operator has to act.
   * `dropped`: another workflow runs it.
   */
  readonly end: 'closed' | 'detached' | 'attention' | 'dropped';
  /** The outcome in plain words: the state, its cause, the steps that are left, and who or what runs them. */
  readonly verdict: string;
}

/** The failure type of a step fault that a retry would not mend; a batch is split on it. */
export const STEP_FAULTED = 'StepFaulted';

/** The failure type of a third party that has not answered, or not confirmed a cancellation. */
export const PARTY_UNREACHABLE = 'PartyUnreachable';

/** The failure type of a workflow whose command needs an operator. */
export const NEEDS_ATTENTION = 'NeedsAttention';

/** Returns the task queue of calls to third parties, a separate one so that they delay no step on our own stores. */
export function partyQueueOf(taskQueue: string): string {
  return `${taskQueue}-parties`;
}

/** Returns the id of a batch's workflow: `<workflow>/<first subject>/<random>`. */
export function batchIdOf(workflow: string, subject: string, random: string): string {
  return compositeName(workflow, subject, random);
}

/** Returns the id of a command's own workflow, the same in every run: `<workflow>/<subject>/<command id>`. */
export function ownIdOf(workflow: string, { id, subject }: Pick<SagaMember, 'id' | 'subject'>): string {
  return compositeName(workflow, subject, id);
}
