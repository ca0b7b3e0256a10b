import type { CreateOrder, FinishCompensation } from '../contracts/commands';
import type { Order } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import type { Watch } from './watch';

/** What is asked of Temporal about sagas that should have finished. */
export interface SagaWitness {
  /** Whether this saga can still bring its orders to an end by itself. */
  isUnderWay(sagaId: string): Promise<boolean>;
  /** The orders that sagas carried which were ended from outside lately, without a result. */
  ordersOfDeadSagas(): Promise<readonly CreateOrder[]>;
}

export interface LostSagas {
  readonly reads: Pick<OrdersReads, 'openSagas' | 'orders'>;
  readonly witness: SagaWitness;
  reclaim(command: FinishCompensation): Promise<void>;
  startAgain(command: CreateOrder): void;
}

const EVERY_MS = 5_000;
const MOST_AT_ONCE = 100;

/**
 * Notices sagas that ended without a result (terminated, history lost): an order that was recorded is sealed and
 * what it holds is reclaimed; one that was taken but never recorded is started again from its saga's input.
 */
export function lostSagasWatch(lost: LostSagas): Watch {
  return {
    name: 'lost-sagas',
    everyMs: EVERY_MS,
    async look() {
      await reclaimRecorded(lost);
      await startUnrecordedAgain(lost);
    },
  };
}

async function reclaimRecorded({ reads, witness, reclaim }: LostSagas): Promise<void> {
  const overdue = await reads.openSagas('stuck', MOST_AT_ONCE);
  const verdicts = new Map<string, boolean>();
  for (const order of overdue) {
    if (!verdicts.has(order.sagaId)) verdicts.set(order.sagaId, await witness.isUnderWay(order.sagaId));
    if (!verdicts.get(order.sagaId) && order.status === 'PENDING') await reclaim(reclaimCommand(order));
  }
}

async function startUnrecordedAgain({ reads, witness, startAgain }: LostSagas): Promise<void> {
  const carried = await witness.ordersOfDeadSagas();
  if (carried.length === 0) return;
  const recorded = await reads.orders(carried.map(({ commandId }) => commandId));
  for (const command of carried) if (!recorded.has(command.commandId)) startAgain(command);
}

function reclaimCommand({ id, caller, customerId, lines }: Order): FinishCompensation {
  return {
    commandId: id,
    caller,
    correlation: id,
    customerId,
    lines,
    reason: 'RECLAIMED',
    undone: [],
    remaining: ['releaseStock', 'releaseCredit'],
  };
}
