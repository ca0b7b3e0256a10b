import type { Headers } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { TRACE_HEADER } from '../../src/contracts/trace-header';

/**
 * Passes the trace of a workflow on to its activities and children. A workflow without a trace makes the same commands
 * without the header, and the header is no part of what a replay compares.
 */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers = {};
  const traced = <Input extends { readonly headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...trace },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          const { [TRACE_HEADER]: header } = input.headers;
          if (header) trace = { [TRACE_HEADER]: header };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(traced(input)),
        scheduleLocalActivity: (input, next) => next(traced(input)),
        startChildWorkflowExecution: (input, next) => next(traced(input)),
      },
    ],
  };
}
