import type { RefusalReason, Shortage } from '../domain/refusal';

/** A command that a saga carries. A workflow carries ids, kinds, reasons and short words; its content stays in the store. */
export interface SagaMember {
  readonly id: string;
  /** The order or trip that it makes or changes. */
  readonly subject: string;
  /** The kind of its decision, where it is decided already: then nothing is tried any more. */
  readonly decision: string | null;
  /** The command in words, for people who look at the workflow. */
  readonly line: string;
}

/** The most commands of one batch: their ids fit one search attribute of 2,048 bytes, so that each is found by its own. */
export const LARGEST_BATCH = 85;

export interface SagaInput {
  readonly members: readonly SagaMember[];
}

/** A run's proposal for a command: carry it out, or refuse it. */
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
  /** Only the decision looks at it. */
  readonly proposal?: Proposal;
}

export interface StepInput {
  readonly workflowId: string;
  readonly members: readonly StepMember[];
}

/** A step's answer in a word; all that it found stays in its store under (command, step). */
export type StepWord =
  | {
      readonly kind: 'done';
      /** The command is closed with this step. */
      readonly isOver?: boolean;
      /** Some of its stock lies with partners, who have to agree. */
      readonly hasPartners?: boolean;
      /** Partners may have more booked than the order needs. */
      readonly hasSurplus?: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly detail?: string;
      readonly shortages?: readonly Shortage[];
    }
  | {
      readonly kind: 'decided';
      readonly decision: string;
      readonly reason?: RefusalReason;
      readonly isOver?: boolean;
      readonly hasSurplus?: boolean;
    };

/** The words of a step by command id. */
export type StepWords = Readonly<Record<string, StepWord>>;

/** How a command ended in one run of its saga. */
export interface MemberEnd {
  readonly id: string;
  readonly decision: string | null;
  readonly reason?: RefusalReason;
  /** `closed`: nothing is left. `detached`: it goes on in a workflow of its own. `dropped`: another workflow has it. */
  readonly end: 'closed' | 'detached' | 'attention' | 'dropped';
}

/** The type of a fault that a step has met and that running it again would not mend: its batch is split. */
export const STEP_FAULTED = 'StepFaulted';

/** A third party does not answer for now: transient, however long it takes. */
export const PARTY_UNREACHABLE = 'PartyUnreachable';

/** The type of the failure with which a workflow ends whose command needs an operator. */
export const NEEDS_ATTENTION = 'NeedsAttention';

/** The queue of calls to third parties: they delay no step on our own stores. */
export function partyQueueOf(taskQueue: string): string {
  return `${taskQueue}-parties`;
}

/** The id of a batch's workflow: `<workflow>/<first subject>/<random>`. */
export function batchIdOf(workflow: string, subject: string, random: string): string {
  return [workflow, subject, random].map(encodeURIComponent).join('/');
}

/** The id of a command's own workflow, the same in every run: `<workflow>/<subject>/<command id>`. */
export function ownIdOf(workflow: string, { id, subject }: Pick<SagaMember, 'id' | 'subject'>): string {
  return [workflow, subject, id].map(encodeURIComponent).join('/');
}
