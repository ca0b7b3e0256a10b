import { ApplicationFailure, Context } from '@temporalio/activity';
import { PARTY_UNREACHABLE } from '../src/contracts/saga';

/**
 * The failure of a cancellation that a third party has not confirmed: retried until the patience with it is over, counted
 * from the first attempt; then an operator has to see to it.
 */
export function unconfirmed(message: string, patienceMs: number): ApplicationFailure {
  const { scheduledTimestampMs } = Context.current().info;
  return ApplicationFailure.create({
    message,
    type: PARTY_UNREACHABLE,
    nonRetryable: Date.now() - scheduledTimestampMs >= patienceMs,
  });
}
