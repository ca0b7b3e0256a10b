import type { CreateOrder, FinishCompensation } from '../contracts/commands';
import { compensationId, confirmationId } from '../contracts/workflow-names';
import { undosOf } from '../domain/order/evolve-attention';
import type { Order } from '../domain/order/order';
import type { OrdersReads } from '../stores/orders-reads';
import type { UnrecordedCommands } from '../stores/unrecorded-commands';
import { type Known, knownToAny } from './known-commands';
import { LeftAlone } from './left-alone';
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
  /** Those that an operator is to look at: starting them again is up to them. */
  readonly unrecorded: Pick<UnrecordedCommands, 'known'>;
  readonly witness: SagaWitness;
  reclaim(command: FinishCompensation): Promise<void>;
  startAgain(command: CreateOrder): void;
}

const EVERY_MS = 5_000;
const PAGE = 100;

/**
 * Notices sagas that ended without a result (terminated, history lost): an order that was recorded is sealed and
 * what it holds is reclaimed; undos that were lost on their way are begun again; an order that was taken but never
 * recorded is started again from its saga's input. What has been seen to and is lost again is left alone for a while.
 */
export function lostSagasWatch(lost: LostSagas): Watch {
  const seenTo = new LeftAlone();
  return {
    name: 'lost-sagas',
    everyMs: EVERY_MS,
    async look() {
      await reclaimRecorded(lost, seenTo);
      await startUnrecordedAgain(lost);
    },
  };
}

/** Page by page: a hundred sagas that are merely slow must not hide one that is lost behind them. */
async function reclaimRecorded({ reads, witness, reclaim }: LostSagas, seenTo: LeftAlone): Promise<void> {
  const underWay = rememberingWitness(witness);
  const leftAlone = new Set(seenTo.at(performance.now()));
  let last: Order | undefined;
  do {
    const overdue = await reads.openSagas('stuck', PAGE, last);
    for (const order of overdue) {
      if (leftAlone.has(order.id) || (await isCaredFor(order, underWay))) continue;
      await reclaim(reclaimCommand(order));
      seenTo.note(order.id, undefined, performance.now());
    }
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

async function startUnrecordedAgain({ reads, unrecorded, witness, startAgain }: LostSagas): Promise<void> {
  const known = knownToAny(
    (ids) => reads.orders(ids),
    (ids) => unrecorded.known(ids),
  );
  for (const command of await witness.lostOrders(known)) startAgain(command);
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
