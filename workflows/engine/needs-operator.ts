import { ApplicationFailure } from '@temporalio/common';
import { NEEDS_ATTENTION } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';
import { needOf } from './member-verdict';

/** Creates the failure of a workflow whose command needs an operator. It names the remaining steps and the URL. */
export function needsOperator(id: string, attention: Attention): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `Command ${id} needs a person. ${needOf({ id, ...attention })}`,
    NEEDS_ATTENTION,
  );
}
