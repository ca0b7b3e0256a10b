import { ApplicationFailure } from '@temporalio/common';
import { NEEDS_ATTENTION } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';

/** Creates the failure of a workflow whose command needs an operator. It names the remaining steps and the URL. */
export function needsOperator(id: string, { remaining, failure }: Attention): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${id} needs an operator: ${remaining.join(', ')} (${failure}). ` +
      `Mend the cause, then retry or resolve it at /v1/sagas/${id}.`,
    NEEDS_ATTENTION,
  );
}
