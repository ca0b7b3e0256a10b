import type { CreateOrder, FinishCompensation } from '../contracts/commands';
import { compensationId, confirmationId } from '../contracts/workflow-names';
import { undosOf } from '../domain/order/evolve-attention';
import type { Order } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import type { Watch } from './watch';

/** What is asked of Temporal about sagas that should have finished. */
export interface SagaWitness {
  /** Whether this saga can still bring its orders to an end by itself. */
  isUnderWay(sagaId: string): Promise<boolean>;
  /** The orders that sagas carried which were ended from outside, without a result, but for those that are known. */
  lostOrders(
    known: (ids: readonly string[]) => Promise<ReadonlyMap<string, Order>>,
  ): Promise<readonly CreateOrder[]>;
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
 * what it holds is reclaimed; undos that were lost on their way are begun again; an order that was taken but never
 * recorded is started again from its saga's input.
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
  const underWay = rememberingWitness(witness);
  let last: Order | undefined;
  do {
    const overdue = await reads.openSagas('stuck', PAGE, last);
    for (const order of overdue)
      if (!(await isCaredFor(order, underWay))) await reclaim(reclaimCommand(order));
    last = overdue.length === PAGE ? overdue.at(-1) : undefined;
  } while (last);
}

/**
 * A decided order's saga has ended; who undoes what is left is a workflow of its own, which may be lost as well. The
 * set of a pending one comes first: while it runs, it may be about to hand the order over; when it has ended, it has.
 */
async function isCaredFor(
  { id, status, sagaId }: Order,
  underWay: SagaWitness['isUnderWay'],
): Promise<boolean> {
  if (status !== 'PENDING') return underWay(compensationId(id));
  return (await underWay(sagaId)) || underWay(confirmationId(id));
}

/** Asks once for each saga: a set carries many orders. */
function rememberingWitness(witness: SagaWitness): SagaWitness['isUnderWay'] {
  const verdicts = new Map<string, boolean>();
  return async (sagaId) => {
    const verdict = verdicts.get(sagaId) ?? (await witness.isUnderWay(sagaId));
    verdicts.set(sagaId, verdict);
    return verdict;
  };
}

async function startUnrecordedAgain({ reads, witness, startAgain }: LostSagas): Promise<void> {
  for (const command of await witness.lostOrders((ids) => reads.orders(ids))) startAgain(command);
}

/** For an order that was rejected already its own reason stands, and undos that are done are done again for nothing. */
function reclaimCommand(order: Order): FinishCompensation {
  const { id, caller, customerId, lines, reason } = order;
  return {
    commandId: id,
    caller,
    correlation: id,
    customerId,
    lines,
    reason: reason ?? 'RECLAIMED',
    undone: [],
    remaining: undosOf(order),
  };
}
