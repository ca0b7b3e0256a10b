import type { Attention } from '../src/domain/command/recorded-command';
import type { StepDeps } from './step-deps';

/** Members that are handed over to workflows of their own. */
export interface HandingOver {
  readonly workflowId: string;
  readonly members: readonly { readonly id: string; readonly workflowId: string }[];
}

/** A command that a run cannot bring any further. */
export interface LeftToOperator {
  readonly workflowId: string;
  readonly id: string;
  readonly attention: Attention;
  /** The run has seen its decision. */
  readonly isDecided: boolean;
}

/** Steps that change rows of commands: a workflow hands members over, asks for an operator, or closes them. */
export function commandSteps({ stores: { commands }, callers }: StepDeps) {
  return {
    /** Hands commands over to workflows of their own, before these start; answers which ones were handed over. */
    async handOver({ workflowId, members }: HandingOver): Promise<readonly string[]> {
      return commands.detach(workflowId, members);
    },

    /** Puts a command before an operator; false: another workflow has it, or another run has decided it. */
    async putBeforeOperator({ workflowId, id, attention, isDecided }: LeftToOperator): Promise<boolean> {
      return commands.requireAttention(workflowId, id, attention, isDecided);
    },

    /** Closes commands that have nothing left to do, and answers their callers. */
    async closeCommands({ ids }: { readonly ids: readonly string[] }): Promise<void> {
      await commands.close(ids);
      callers.tell(ids);
    },
  };
}
