import type { StepWord, StepWords } from '../src/contracts/saga';
import type { SurplusGiven } from '../src/domain/inventory/partner-booking';
import { freeCancelled } from '../src/domain/order/cancel-order';
import { freeRejected } from '../src/domain/order/reject-shipment';
import { noteCaptured } from '../src/domain/order/report-shipment';
import { freeRevised } from '../src/domain/order/revise-order';
import type { StepDeps } from './step-deps';

type Freed = ReadonlyMap<string, { readonly kind: 'done' }>;

/** The last steps of commands on our own stores: their orders are free for the next command. */
export function freeingSteps(deps: StepDeps) {
  const { stores } = deps;
  const { orders } = stores;
  return {
    /** Frees cancelled orders once everything was given back. */
    async freeCancelled(ids: readonly string[]): Promise<StepWords> {
      const surplus = await surplusAfter(stores, 'releaseRest', ids);
      const freed = await orders.decide<'cancel', { readonly kind: 'done' }>(ids, ({ order }, row) =>
        freeCancelled(order, row, surplus.has(row.id)),
      );
      return freedWords(deps, freed, surplus);
    },

    /** Frees revised orders once what they had too much of was given back. */
    async freeRevised(ids: readonly string[]): Promise<StepWords> {
      const surplus = await surplusAfter(stores, 'shrinkStock', ids);
      const freed = await orders.decide<'revise', { readonly kind: 'done' }>(ids, ({ order }, row) =>
        freeRevised(order, row, surplus.has(row.id)),
      );
      return freedWords(deps, freed, surplus);
    },

    /** Frees orders once the credit for what was cancelled was given back. */
    async freeRejected(ids: readonly string[]): Promise<StepWords> {
      const surplus = await surplusAfter(stores, 'replaceUnits', ids);
      const freed = await orders.decide<'reject', { readonly kind: 'done' }>(ids, ({ order }, row) =>
        freeRejected(order, row, surplus.has(row.id)),
      );
      return freedWords(deps, freed, surplus);
    },

    /** Notes what was captured for shipments, which ends their commands. */
    async noteCaptured(ids: readonly string[]): Promise<StepWords> {
      const noted = await orders.decide<'ship', { readonly kind: 'done' }>(ids, ({ order }, row) =>
        noteCaptured(order, row),
      );
      return freedWords(deps, noted, new Set());
    },
  };
}

/** The commands whose step has left partners with more than their orders need, by its stored answers. */
async function surplusAfter(
  { inventory }: StepDeps['stores'],
  step: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const answers = await inventory.answers.of<SurplusGiven>(step, ids);
  return new Set([...answers].filter(([, { hasSurplus }]) => hasSurplus).map(([id]) => id));
}

/** Their callers are answered, as the orders are free; without surplus the commands are closed as well. */
function freedWords({ callers }: StepDeps, freed: Freed, surplus: ReadonlySet<string>): StepWords {
  callers.tell([...freed.keys()]);
  return Object.fromEntries(
    [...freed.keys()].map((id): [string, StepWord] => [
      id,
      surplus.has(id) ? { kind: 'done', hasSurplus: true } : { kind: 'done', isOver: true },
    ]),
  );
}
