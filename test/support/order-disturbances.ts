import fc from 'fast-check';
import { LOGS } from '../../src/stores/log-cursor';
import { MISHAPS } from './followed-logs';

/** Commands given at the same time: a round. */
export const AT_ONCE = 4;
const ROUNDS = 4;

/** The saga of each command, and the steps of it that a worker may die at. */
export const SAGAS = {
  accept: ['acceptShipments', ['acceptShipment']],
  ship: ['shipShipments', ['shipShipment', 'consumeStock', 'captureCredit', 'recordCaptured']],
  deliver: ['deliverShipments', ['deliverShipment']],
  overdue: ['expireShipments', ['claimOverdue', 'replaceUnits', 'settleRejection']],
  reject: ['rejectUnits', ['claimRejection', 'replaceUnits', 'settleRejection']],
  cancel: ['cancelOrders', ['claimCancel', 'releaseRest', 'decreaseCredit', 'finishCancel']],
  revise: [
    'reviseOrders',
    ['claimRevision', 'increaseCredit', 'extendStock', 'applyRevision', 'shrinkStock'],
  ],
} as const;

/** In one round of three. */
const atTimes = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: one });

/** What goes wrong in one round, and what else happens in it. */
const disturbance = fc.record({
  /** Of the commands of this round, the one that is given twice at the same time. */
  twice: fc.nat(AT_ONCE - 1),
  /** Of all commands there were, the one that is given again. */
  again: fc.nat(15),
  /** The command whose worker dies, and where. */
  death: atTimes(
    fc.record({
      command: fc.nat(AT_ONCE - 1),
      step: fc.nat(9),
      moment: fc.constantFrom('before' as const, 'after' as const),
    }),
  ),
  /** The command whose saga is ended from outside. */
  lost: atTimes(fc.nat(AT_ONCE - 1)),
  /** Whether every deadline has passed, and whoever watches takes every saga for lost. */
  isLate: fc.nat(2).map((dice) => dice === 0),
  /** Units that come to a warehouse, for those who wait. */
  delivered: atTimes(fc.integer({ min: 4, max: 12 })),
  /** What befalls whoever follows one of the logs. */
  mishap: atTimes(fc.record({ log: fc.constantFrom(...LOGS), kind: fc.constantFrom(...MISHAPS) })),
});
export const disturbances = fc.array(disturbance, { minLength: ROUNDS, maxLength: ROUNDS });
export type Disturbance = typeof disturbance extends fc.Arbitrary<infer D> ? D : never;
