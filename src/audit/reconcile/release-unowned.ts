import type { StepName } from '../../contracts/plans';
import { decideReleaseCredit } from '../../domain/credit/account';
import { type Decision, done, type StepAnswer, unchangedForNow } from '../../domain/decision';
import { decideRelease } from '../../domain/inventory/reservation/release';
import { refused } from '../../domain/refusal';
import { compositeName } from '../../names/composite-name';
import type { Stores } from '../../stores/stores';
import { ownershipOf } from './order-owners';
import type { UnownedCredit, UnownedStock } from './unowned';

type Steps = Readonly<Record<'lost' | 'final', StepName>>;

/**
 * The step of the create under which a release is stored. The caller of a lost order may repeat it under its key, which
 * has the same id: the answer of its step is then this refusal, and the order is rejected instead of approved by the
 * answer of a hold that is gone. The create of a final order has decided, so its compensation is answered.
 */
const STOCK_STEPS: Steps = { lost: 'commitStock', final: 'releaseStock' };
const CREDIT_STEPS: Steps = { lost: 'holdCredit', final: 'releaseCredit' };

const RELEASED = refused('RELEASED_EARLIER', 'holdfast reconcile released it for an order that was lost');

/**
 * Releases stock that no order owns. Reservations whose order has come back since they were read stay.
 * @param by the person who asked for it; the events have the caller `reconcile/<by>`
 * @returns the ids of the released reservations
 */
export async function releaseStock(
  { orders, inventory }: Stores,
  found: readonly UnownedStock[],
  by: string,
): Promise<readonly string[]> {
  const released: string[] = [];
  for (const { step, items } of await stillUnowned(orders.client, inventory.answers, found, STOCK_STEPS)) {
    const commands = items.map((item) => ({ ...causeOf(item, by), item }));
    const reservationIds = items.map(({ id }) => id);
    const scope = { skus: null, reservationIds, orderIds: [], claims: [] };
    const gone = new Set<string>();
    await inventory.step(step, commands, scope, (session, { item: { id, orderId, ownership }, caller }) => {
      const existing = session.reservation(id);
      if (existing?.orderId !== orderId) return unchangedForNow<StepAnswer>(done);
      const wanted = { reservationId: id, caller, orderId, reason: 'RECONCILED' } as const;
      const { events } = decideRelease(existing, wanted);
      if (events.length > 0) gone.add(id);
      return { answer: answerOf(ownership), events };
    });
    released.push(...gone);
  }
  return released;
}

/** Releases credit that no order owns, as `releaseStock` does stock. Captured credit stays owed. @returns the order ids */
export async function releaseCredit(
  { orders, credit }: Stores,
  found: readonly UnownedCredit[],
  by: string,
): Promise<readonly string[]> {
  const released: string[] = [];
  for (const { step, items } of await stillUnowned(orders.client, credit.answers, found, CREDIT_STEPS)) {
    const commands = items.map((item) => ({ ...item, ...causeOf(item, by) }));
    const gone = new Set<string>();
    await credit.step(step, commands, (account, { orderId, ownership }) => {
      const { events } = decideReleaseCredit(account, { orderId });
      if (events.length > 0) gone.add(orderId);
      return { answer: answerOf(ownership), events } satisfies Decision<StepAnswer, unknown>;
    });
    released.push(...gone);
  }
  return released;
}

function answerOf(ownership: 'lost' | 'final'): StepAnswer {
  return ownership === 'lost' ? RELEASED : done;
}

function causeOf({ orderId }: { readonly orderId: string }, by: string) {
  return { commandId: orderId, caller: compositeName('reconcile', by), correlation: orderId };
}

interface Answers {
  forget(step: string, commandIds: readonly string[]): Promise<void>;
}

/**
 * Groups the holdings by the step under which their release is stored, without those whose order is there again.
 *
 * It deletes the stored answers first and reads the owners then. A saga that begins after the read answers the step
 * before the release, which then changes nothing, or after it, and is refused. So no order is approved with units that
 * this run releases.
 */
async function stillUnowned<Item extends UnownedStock | UnownedCredit>(
  orders: Parameters<typeof ownershipOf>[0],
  answers: Answers,
  found: readonly Item[],
  steps: Steps,
): Promise<readonly { readonly step: StepName; readonly items: readonly Item[] }[]> {
  const groups = (['lost', 'final'] as const).map((ownership) => ({
    step: steps[ownership],
    ownership,
    items: found.filter((item) => item.ownership === ownership),
  }));
  const held: { step: StepName; items: readonly Item[] }[] = [];
  for (const { step, ownership, items } of groups) {
    const ids = items.map(({ orderId }) => orderId);
    if (ids.length === 0) continue;
    const before = await ownershipOf(orders, ids);
    await answers.forget(
      step,
      ids.filter((id) => before.get(id) === ownership),
    );
    const now = await ownershipOf(orders, ids);
    const still = items.filter(
      ({ orderId: id }) => before.get(id) === ownership && now.get(id) === ownership,
    );
    if (still.length > 0) held.push({ step, items: still });
  }
  return held;
}
