import type { CreateOrder, FinishCompensation } from '../contracts/commands';
import { compensationId } from '../contracts/workflow-names';
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
const PAGE = 100;

/**
 * Notices sagas that ended without a result (terminated, history lost): an order that was recorded is sealed and
 * what it holds is reclaimed; undos that were lost on their way are begun again; an order that was taken but never recorded is started again from its saga's input.
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

/** Page by page: a hundred sagas that are merely slow must not hide one that is lost behind them. */
async function reclaimRecorded({ reads, witness, reclaim }: LostSagas): Promise<void> {
  const verdicts = new Map<string, boolean>();
  let last: Order | undefined;
  do {
    const overdue = await reads.openSagas('stuck', PAGE, last);
    for (const order of overdue) {
      // A rejected order's saga has ended; who undoes it is a workflow of its own, which may be lost as well.
      const id = order.status === 'PENDING' ? order.sagaId : compensationId(order.id);
      if (!verdicts.has(id)) verdicts.set(id, await witness.isUnderWay(id));
      if (!verdicts.get(id)) await reclaim(reclaimCommand(order));
    }
    last = overdue.length === PAGE ? overdue.at(-1) : undefined;
  } while (last);
}

async function startUnrecordedAgain({ reads, witness, startAgain }: LostSagas): Promise<void> {
  const carried = await witness.ordersOfDeadSagas();
  if (carried.length === 0) return;
  const recorded = await reads.orders(carried.map(({ commandId }) => commandId));
  for (const command of carried) if (!recorded.has(command.commandId)) startAgain(command);
}

/** For an order that was rejected already its own reason stands, and undos that are done are done again for nothing. */
function reclaimCommand({ id, caller, customerId, lines, reason }: Order): FinishCompensation {
  return {
    commandId: id,
    caller,
    correlation: id,
    customerId,
    lines,
    reason: reason ?? 'RECLAIMED',
    undone: [],
    remaining: ['releaseStock', 'releaseCredit'],
  };
}
