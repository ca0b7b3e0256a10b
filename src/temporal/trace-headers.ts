import type { Context } from '@temporalio/activity';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { TRACE_HEADER } from '../contracts/trace-header';
import { COMMAND_ID, COMMANDS, WORKFLOW_ID } from '../tracing/attributes';
import { activeTraceparent, inSpan } from '../tracing/spans';

/** Sends the active trace with the start of a workflow. workflows/engine/trace-header.ts passes it on to activities. */
export const traceWorkflowStarts: WorkflowClientInterceptor = {
  startWithDetails(input, next) {
    const traceparent = activeTraceparent();
    if (traceparent === undefined) return next(input);
    const header = defaultPayloadConverter.toPayload({ traceparent });
    return next({ ...input, headers: { ...input.headers, [TRACE_HEADER]: header } });
  },
};

/** Runs each attempt of an activity in a span of the trace that its workflow was started with, if it was with one. */
export function traceActivity({ info }: Context): ActivityInterceptors {
  return {
    inbound: {
      execute(input, next) {
        const traceparent = traceparentIn(input.headers);
        if (traceparent === undefined) return next(input);
        const attributes = {
          [WORKFLOW_ID]: info.workflowExecution?.workflowId,
          'temporal.activity_id': info.activityId,
          'temporal.attempt': info.attempt,
          ...commandsIn(input.args[0] as StepArgument | undefined),
        };
        return inSpan(info.activityType, { origins: [traceparent], attributes }, () => next(input));
      },
    },
  };
}

function traceparentIn({ [TRACE_HEADER]: header }: Headers): string | undefined {
  if (!header) return undefined;
  const { traceparent } = defaultPayloadConverter.fromPayload<{ readonly traceparent?: unknown }>(header);
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** The argument of a step: the members of a batch, or one command. */
interface StepArgument {
  readonly id?: string;
  readonly members?: readonly { readonly id: string }[];
}

function commandsIn({ id, members = [] }: StepArgument = {}) {
  const ids = id === undefined ? members.map((member) => member.id) : [id];
  return { [COMMANDS]: ids.length, ...(ids.length === 1 ? { [COMMAND_ID]: ids[0] } : {}) };
}
