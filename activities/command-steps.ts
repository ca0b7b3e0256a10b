import type { Attention } from '../src/domain/command/recorded-command';
import type { StepDeps } from './step-deps';

/** The members to detach into their own workflows. `workflowId` is the workflow that detaches them. */
export interface HandingOver {
  readonly workflowId: string;
  readonly members: readonly { readonly id: string; readonly workflowId: string }[];
}

/** A command that a run cannot continue. */
export interface LeftToOperator {
  readonly workflowId: string;
  readonly id: string;
  readonly attention: Attention;
  /** True when the run knows the decision of the command. */
  readonly isDecided: boolean;
}

/** Creates the steps that change command rows: detach members, require attention, close commands. */
export function commandSteps({ stores: { commands, commandCache }, callers, observer }: StepDeps) {
  return {
    /**
     * Writes the id of each command's own workflow into its row, before that workflow starts.
     * @returns the ids of the detached commands
     */
    async handOver({ workflowId, members }: HandingOver): Promise<readonly string[]> {
      return commands.detach(workflowId, members);
    },

    /**
     * Marks a command as needing an operator's attention.
     * @returns false when another workflow owns the command or another run has decided it
     */
    async putBeforeOperator({ workflowId, id, attention, isDecided }: LeftToOperator): Promise<boolean> {
      const isOurs = await commands.requireAttention(workflowId, id, attention, isDecided);
      if (!isOurs) return false;
      const [command] = await commandCache.recorded([id]);
      if (command) observer.attentionRequired(command, attention);
      return true;
    },

    /** Closes finished commands and wakes the callers that wait for them. */
    async closeCommands({ ids }: { readonly ids: readonly string[] }): Promise<void> {
      await commands.close(ids);
      callers.tell(ids);
    },
  };
}
