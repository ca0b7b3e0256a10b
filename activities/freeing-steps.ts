import type { StepName } from '../src/contracts/plans';
import type { StepWord, StepWords } from '../src/contracts/saga';
import type { CommandKind, CommandRow } from '../src/domain/command/recorded-command';
import type { done } from '../src/domain/decision';
import type { SurplusGiven } from '../src/domain/inventory/reservation/partner-booking';
import { freeCancelled } from '../src/domain/order/cancel-order';
import type { Order } from '../src/domain/order/order';
import type { OrderDecision } from '../src/domain/order/order-decision';
import { freeRejected } from '../src/domain/order/reject-shipment';
import { noteCaptured } from '../src/domain/order/report-shipment';
import { freeRevised } from '../src/domain/order/revise-order';
import type { StepDeps } from './step-deps';

/** The last steps of commands on our own stores: their orders are free for the next command. */
export function freeingSteps(deps: StepDeps) {
  const { stores } = deps;
  /** Frees orders once `gaveBack` has returned what they need no more; what it left at partners keeps the command open. */
  const freeing =
    <K extends CommandKind>(
      gaveBack: StepName,
      free: (order: Order | undefined, row: CommandRow<K>, hasSurplus: boolean) => OrderDecision<typeof done>,
    ) =>
    async (ids: readonly string[]): Promise<StepWords> => {
      const surplus = await surplusAfter(stores, gaveBack, ids);
      const freed = await stores.orders.decide<K, typeof done>(ids, ({ order }, row) =>
        free(order, row, surplus.has(row.id)),
      );
      return freedWords(deps, freed, surplus);
    };
  return {
    freeCancelled: freeing<'cancel'>('releaseRest', freeCancelled),
    freeRevised: freeing<'revise'>('shrinkStock', freeRevised),
    freeRejected: freeing<'reject'>('replaceUnits', freeRejected),

    /** Notes what was captured for shipments, which ends their commands. */
    async noteCaptured(ids: readonly string[]): Promise<StepWords> {
      const noted = await stores.orders.decide<'ship', typeof done>(ids, ({ order }, row) =>
        noteCaptured(order, row),
      );
      return freedWords(deps, noted, new Set());
    },
  };
}

/** The commands whose step has left partners with more than their orders need, by its stored answers. */
async function surplusAfter(
  { inventory }: StepDeps['stores'],
  step: StepName,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const answers = await inventory.answers.of<SurplusGiven>(step, ids);
  return new Set([...answers].filter(([, { hasSurplus }]) => hasSurplus).map(([id]) => id));
}

/** Their callers are answered, as the orders are free; without surplus the commands are closed as well. */
function freedWords(
  { callers }: StepDeps,
  freed: ReadonlyMap<string, typeof done>,
  surplus: ReadonlySet<string>,
): StepWords {
  callers.tell([...freed.keys()]);
  return Object.fromEntries(
    [...freed.keys()].map((id): [string, StepWord] => [
      id,
      surplus.has(id) ? { kind: 'done', hasSurplus: true } : { kind: 'done', isOver: true },
    ]),
  );
}
