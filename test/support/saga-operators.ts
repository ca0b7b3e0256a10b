import { type SagaOperations, sagaOperations } from '../../src/intake/saga-operations';
import { takeUpAgain } from '../../src/intake/taken-orders-watch';
import type { SagaFixture } from './saga-fixture';

/** What operators can do about the orders of a fixture. */
export function operatorsOf({ context: { stores, starters }, intakes }: SagaFixture): SagaOperations {
  return sagaOperations(stores, {
    finishCompensation: starters.finishCompensation,
    takeUpAgain: (order) => takeUpAgain(order, intakes),
  });
}
