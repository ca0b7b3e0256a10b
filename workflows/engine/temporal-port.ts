import {
  ActivityFailure,
  ApplicationFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import {
  CancellationScope,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import { STEPS, type StepName } from '../../src/contracts/plans';
import {
  ownIdOf,
  partyQueueOf,
  type SagaInput,
  type SagaMember,
  STEP_FAULTED,
  type StepInput,
  type StepWords,
} from '../../src/contracts/saga';
import { summaryText } from '../../src/contracts/shortened-text';
import { WORKFLOW_TASK_TIMEOUT } from '../../src/contracts/workflow-task-timeout';
import { confirmOrder } from '../partners/confirm-order';
import type { SagaPort, StepFault } from './saga-port';
import { ofSubjects } from './search-attributes';
import { CANCEL, STEP } from './step-options';

type Steps = Readonly<Record<string, Labelled<StepInput, StepWords>>>;

/** A proxied activity: callable with a summary that labels it in the Web UI. */
interface Labelled<Input, Result> {
  executeWithOptions(options: { summary: string }, args: [Input]): Promise<Result>;
}

const steps = proxyLocalActivities<Activities>(STEP) as unknown as Steps;
const { handOver, putBeforeOperator, closeCommands } = proxyLocalActivities<Activities>(STEP);

/** Creates the port that runs a plan's steps as activities of the calling workflow. */
export function temporalPort(workflow: string): SagaPort {
  const { workflowId, taskQueue } = workflowInfo();
  const { cancelAtPartners } = proxyActivities<Activities>({ ...CANCEL, taskQueue: partyQueueOf(taskQueue) });
  return {
    workflowId,
    step: (step, members, what) => runStep(step, { workflowId, members }, what),
    faultOf,
    confirmAtPartners: ({ id }) => confirmOrder(id),
    async cancelAtPartners({ id, line }, decision) {
      const summary = summaryText(`${STEPS.cancelAtPartners.label}. ${line}`);
      await cancelAtPartners.executeWithOptions({ summary }, [{ id, decision }]);
    },
    async detach(members) {
      const owned = members.map((member) => ({ member, workflowId: ownIdOf(workflow, member) }));
      const ids = owned.map(({ member: { id }, workflowId: own }) => ({ id, workflowId: own }));
      const summary = summaryText(`Hand over to a workflow of its own. ${whatOf(members)}`);
      const handedOver = await handOver.executeWithOptions({ summary }, [{ workflowId, members: ids }]);
      const going = owned.filter(({ member }) => handedOver.includes(member.id));
      await Promise.all(going.map(({ member, workflowId: own }) => startOwn(workflow, own, member)));
      return handedOver;
    },
    requireAttention: (id, attention, isDecided) =>
      putBeforeOperator.executeWithOptions(
        { summary: summaryText(`Ask for a person: ${attention.failure}`) },
        [{ workflowId, id, attention, isDecided }],
      ),
    async close(ids) {
      const what = ids.length === 1 ? 'Close the command' : `Close ${ids.length} commands`;
      await closeCommands.executeWithOptions({ summary: what }, [{ ids }]);
    },
    show: setCurrentDetails,
  };
}

function runStep(step: StepName, input: StepInput, what: string): Promise<StepWords> {
  const activity = steps[step];
  if (!activity) throw new Error(`there is no step ${step}`);
  return activity.executeWithOptions({ summary: summaryText(`${STEPS[step].label}. ${what}`) }, [input]);
}

function whatOf(members: readonly SagaMember[]): string {
  return members.length === 1 ? (members[0]?.line ?? '') : `${members.length} commands`;
}

/**
 * Starts a detached member's own workflow, which outlives its parent. Its id is the same in every run, so "already
 * started" is success.
 */
async function startOwn(workflow: string, workflowId: string, member: SagaMember): Promise<void> {
  const input: SagaInput = { members: [member] };
  try {
    await startChild(workflow, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      staticSummary: summaryText(member.line),
      typedSearchAttributes: ofSubjects([member.subject]),
      args: [input],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/**
 * Returns the fault in an error, or undefined when the error is no fault of a step. A local activity's failure arrives
 * as it was thrown; a regular activity's failure arrives inside an ActivityFailure.
 */
export function faultOf(error: unknown): StepFault | undefined {
  if (error instanceof ActivityFailure)
    return { message: error.cause?.message ?? error.message, isProvable: false };
  if (!(error instanceof ApplicationFailure) || error.type !== STEP_FAULTED) return undefined;
  const [isProvable] = error.details ?? [];
  return { message: error.message, isProvable: isProvable === true };
}

/** Shields a saga from cancellation requests: every recorded command reaches a final state. */
export function uncancelled<T>(run: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(run);
}
