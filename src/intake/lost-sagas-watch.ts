import type { CreateOrder, FinishCompensation } from '../contracts/commands';
import type { Known } from '../contracts/known-commands';
import { compensationId, confirmationId } from '../contracts/workflow-names';
import { undosOf } from '../domain/order/evolve-attention';
import type { Order } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import type { UnrecordedCommands } from '../stores/unrecorded-commands';
import { knownToAny } from './known-commands';
import { lostCommandsWatch } from './lost-commands';
import type { Watch } from './watch';

/** What is asked of Temporal about sagas that should have finished. */
export interface SagaWitness {
  /** Whether this saga can still bring its orders to an end by itself. */
  isUnderWay(sagaId: string): Promise<boolean>;
  /** The orders that sagas carried which were ended from outside, without a result, but for those that are known. */
  lostOrders(known: Known): Promise<readonly CreateOrder[]>;
}

export interface LostSagas {
  readonly reads: Pick<OrdersReads, 'openSagas' | 'orders'>;
  /** Those that an operator is to start again, and those that only timed out. */
  readonly unrecorded: Pick<UnrecordedCommands, 'known' | 'transient'>;
  readonly witness: SagaWitness;
  reclaim(command: FinishCompensation): Promise<void>;
  startAgain(command: CreateOrder): void;
}

/**
 * Notices sagas that ended without a result (terminated, history lost): an order that was recorded is sealed and
 * what it holds is reclaimed; undos that were lost on their way are begun again; an order that was taken but never
 * recorded is started again from its saga's input, or from where it was kept because its recording had timed out.
 */
export function lostSagasWatch({ reads, unrecorded, witness, reclaim, startAgain }: LostSagas): Watch {
  const known = knownToAny(
    (ids) => reads.orders(ids),
    (ids) => unrecorded.known(ids),
  );
  return lostCommandsWatch<Order, CreateOrder>({
    name: 'lost-sagas',
    overdue: (limit, after) => reads.openSagas('stuck', limit, after),
    caring() {
      const underWay = rememberingWitness(witness);
      return (order) => isCaredFor(order, underWay);
    },
    finish: (order) => reclaim(reclaimCommand(order)),
    async unrecorded(limit, without) {
      const timedOut = await unrecorded.transient('create', limit, without);
      return [...timedOut, ...(await witness.lostOrders(known))];
    },
    startAgain,
  });
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

/**
 * Has whatever may be left of an order undone. For one that was rejected already its own reason stands, and undos that
 * are done are done again for nothing.
 */
export function reclaimCommand(order: Order): FinishCompensation {
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
