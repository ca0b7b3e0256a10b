import type { StepName } from '../../src/contracts/plans';
import type { SagaMember, StepMember, StepWord, StepWords } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';

/** An error of a step that a retry would not fix. */
export interface StepFault {
  readonly message: string;
  /** True when the error is in the member's own data and the step has succeeded for other members. */
  readonly isProvable: boolean;
}

/**
 * The effects of a saga. One implementation runs a plan on Temporal; tests use another one that calls the steps
 * directly.
 */
export interface SagaPort {
  readonly workflowId: string;
  /**
   * Runs a step for members and retries it during outages. `what` describes the members in the Web UI.
   * @throws an error; `faultOf` tells if it is a fault
   */
  step(step: StepName, members: readonly StepMember[], what: string): Promise<StepWords>;
  /** Returns the fault in an error that `step` threw; undefined when the error is no fault of a step. */
  faultOf(error: unknown): StepFault | undefined;
  /** Asks the partners of one order, one after another; the stored replies determine the next one. */
  confirmAtPartners(member: SagaMember): Promise<StepWord>;
  /** Cancels at partners the bookings that one order does not need. @throws when a partner has not confirmed in time */
  cancelAtPartners(member: SagaMember, decision: string): Promise<void>;
  /**
   * Detaches members into their own workflows and starts those.
   * @returns the ids of the detached members; another workflow owns the others
   */
  detach(members: readonly SagaMember[]): Promise<readonly string[]>;
  /**
   * Marks a command as needing an operator's attention. `isDecided` is true when the run knows its decision.
   * @returns false when another workflow owns the command or another run has decided it
   */
  requireAttention(id: string, attention: Attention, isDecided: boolean): Promise<boolean>;
  close(ids: readonly string[]): Promise<void>;
  /** Shows a page on the saga in the Web UI, as Markdown. */
  show(page: string): void;
}

/** Returns the fault in an error that a step threw. @throws the error itself when it is no fault of a step */
export function faultIn(error: unknown, { faultOf }: Pick<SagaPort, 'faultOf'>): StepFault {
  const fault = faultOf(error);
  if (!fault) throw error;
  return fault;
}
