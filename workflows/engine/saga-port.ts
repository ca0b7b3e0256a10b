import type { StepName } from '../../src/contracts/plans';
import type { MemberEnd, SagaMember, StepMember, StepWord, StepWords } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';

/** A step met an error that running it again would not mend. */
export interface StepFault {
  readonly message: string;
  /** The error is proven to be the member's own: its data, while the step succeeds for others. */
  readonly isProvable: boolean;
}

/**
 * What a saga does to the world. A plan runs on Temporal through one implementation of it, and in tests on the bare
 * steps through another.
 */
export interface SagaPort {
  readonly workflowId: string;
  /** Takes a step for members, for as long as outages last. @throws where it meets a fault; `faultOf` tells */
  step(step: StepName, members: readonly StepMember[]): Promise<StepWords>;
  /** The fault in an error that `step` threw; undefined: the error is none of a member's. */
  faultOf(error: unknown): StepFault | undefined;
  /** Asks the partners of one order, one after the other, by the replies that are noted. */
  confirmAtPartners(member: SagaMember): Promise<StepWord>;
  /** Has partners cancel what one order does not need. @throws where some could not be reached in time */
  cancelAtPartners(member: SagaMember, decision: string): Promise<void>;
  /**
   * Hands members over to workflows of their own and starts these.
   * @returns the ids that were handed over; the others are another workflow's
   */
  detach(members: readonly SagaMember[]): Promise<readonly string[]>;
  /**
   * Puts a command before an operator, which its run knows as decided or not.
   * @returns false where its row names another workflow, or another run has decided it meanwhile
   */
  requireAttention(id: string, attention: Attention, isDecided: boolean): Promise<boolean>;
  close(ids: readonly string[]): Promise<void>;
  /** Shows people how the members stand, and the step that is being taken; null: the run has ended. */
  show(members: readonly MemberProgress[], step: StepName | null): void;
}

/** The fault in an error that a step threw. @throws the error itself where it is no fault of a step */
export function faultIn(error: unknown, { faultOf }: Pick<SagaPort, 'faultOf'>): StepFault {
  const fault = faultOf(error);
  if (!fault) throw error;
  return fault;
}

/** A member as people are shown it. */
export interface MemberProgress {
  readonly line: string;
  readonly decision: string | null;
  readonly reason?: string;
  readonly end: MemberEnd['end'] | null;
  readonly failure?: string;
}
