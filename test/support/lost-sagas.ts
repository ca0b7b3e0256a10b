import type { LostSagas } from '../../src/intake/lost-sagas-watch';
import { sagaWitness } from '../../src/temporal/saga-witness';
import type { SagaFixture } from './saga-fixture';

/** What the watch for lost sagas works on, on the servers of a test; nothing is started again. */
export function lostSagasOf({ context }: Pick<SagaFixture, 'context'>): LostSagas {
  const { stores, starters, temporal, settings } = context;
  return {
    reads: stores.ordersReads,
    unrecorded: stores.unrecorded,
    witness: sagaWitness(temporal.client, settings.taskQueue),
    reclaim: starters.finishCompensation,
    startAgain: () => undefined,
  };
}
