import { ApplicationFailure, Context } from '@temporalio/activity';
import { PARTY_UNREACHABLE } from '../src/contracts/saga';

/**
 * Creates the failure of a cancellation that a third party has not confirmed. It is retried until `patienceMs` after
 * the first attempt was scheduled; from then on it is final and the command needs an operator.
 */
export function unconfirmed(message: string, patienceMs: number): ApplicationFailure {
  const { scheduledTimestampMs } = Context.current().info;
  return ApplicationFailure.create({
    message,
    type: PARTY_UNREACHABLE,
    nonRetryable: Date.now() - scheduledTimestampMs >= patienceMs,
  });
}
