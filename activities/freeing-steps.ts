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
import { noteRefunded } from '../src/domain/order/return-units';
import { freeRevised } from '../src/domain/order/revise-order';
import type { StepDeps } from './step-deps';

/** Creates the last steps of commands on our own stores. They end the semantic lock on the order. */
export function freeingSteps(deps: StepDeps) {
  const { stores } = deps;
  /**
   * Unlocks orders after the step `gaveBack`. The command stays open if the answer of that step reports a surplus at
   * partners.
   */
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
  /** Notes the result of commands that leave no surplus at partners on their orders. */
  const noting =
    <K extends CommandKind>(
      note: (order: Order | undefined, row: CommandRow<K>) => OrderDecision<typeof done>,
    ) =>
    async (ids: readonly string[]): Promise<StepWords> => {
      const noted = await stores.orders.decide<K, typeof done>(ids, ({ order }, row) => note(order, row));
      return freedWords(deps, noted, new Set());
    };
  return {
    freeCancelled: freeing<'cancel'>('releaseRest', freeCancelled),
    freeRevised: freeing<'revise'>('shrinkStock', freeRevised),
    freeRejected: freeing<'reject'>('replaceUnits', freeRejected),

    /** Notes the captured amounts of shipments and closes their commands. */
    noteCaptured: noting<'ship'>(noteCaptured),

    /** Notes the refunded amounts of returns and closes their commands. */
    noteRefunded: noting<'return'>(noteRefunded),
  };
}

/** Returns the commands whose stored answer of `step` reports a surplus at partners. */
async function surplusAfter(
  { inventory }: StepDeps['stores'],
  step: StepName,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const answers = await inventory.answers.of<SurplusGiven>(step, ids);
  return new Set([...answers].filter(([, { hasSurplus }]) => hasSurplus).map(([id]) => id));
}

/** Wakes the callers of the freed orders. Reports a command without surplus as closed. */
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
