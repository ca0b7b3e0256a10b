import { unitsAt } from '../../contracts/units-text';
import { moneyText } from '../../names/money-text';
import type { Stores } from '../../stores/stores';
import type { StoreSessions } from '../audit-across';
import { releaseCredit, releaseStock } from './release-unowned';
import { type UnmatchedOrder, unmatchedOrders } from './unmatched-orders';
import { type UnownedCredit, type UnownedStock, unownedCredit, unownedStock } from './unowned';

export interface ReconcileOptions {
  /** Orders that changed within this time are left alone. */
  readonly safeMinutes: number;
  /** The person who has what no order owns released, and lost steps given to operators; undefined: only list. */
  readonly releaseBy?: string | undefined;
}

export interface Reconciled {
  /** One sentence for each thing found, with what to do or what was done. */
  readonly lines: readonly string[];
  /** The number of things that still have to be done by a person. */
  readonly left: number;
}

/**
 * Compares the three stores after one of them was restored from an older backup than the others, and lists what no order
 * owns and what an order believes and a store does not have.
 *
 * With `releaseBy` it releases what no order owns, and opens the reports and returns that a store has lost as tasks of
 * operators. It may run beside traffic, several times and twice at once: it leaves alone every order that has an open
 * command or changed within the safe age.
 */
export async function reconcileStores(
  stores: Stores,
  { safeMinutes, releaseBy }: ReconcileOptions,
): Promise<Reconciled> {
  const sessions: StoreSessions = {
    orders: stores.orders.client,
    inventory: stores.inventory.client,
    credit: stores.credit.client,
  };
  const lines: string[] = [];
  let left = 0;
  for await (const page of unownedStock(sessions, safeMinutes)) {
    const released = new Set(releaseBy === undefined ? [] : await releaseStock(stores, page, releaseBy));
    for (const found of page) {
      const isReleased = released.has(found.id);
      lines.push(`${stockText(found)}: ${releaseText(isReleased)}.${partnersText(found)}`);
      if (!isReleased || found.partnerRequests.length > 0) left += 1;
    }
  }
  for await (const page of unownedCredit(sessions, safeMinutes)) {
    const released = new Set(releaseBy === undefined ? [] : await releaseCredit(stores, page, releaseBy));
    for (const found of page) {
      const isReleased = released.has(found.orderId);
      lines.push(`${creditText(found)}: ${releaseText(isReleased)}.${capturedText(found)}`);
      if (!isReleased || found.captured > 0) left += 1;
    }
  }
  for await (const page of unmatchedOrders(sessions, safeMinutes)) {
    const reopened = releaseBy === undefined ? [] : await reopen(stores, page, releaseBy);
    for (const found of page) lines.push(...orderText(found, new Set(reopened)));
    left += page.length;
  }
  return { lines, left };
}

/** Opens the reports and returns that a store has lost, as tasks of operators. @returns the ids of their commands */
function reopen(
  { commands }: Stores,
  found: readonly UnmatchedOrder[],
  by: string,
): Promise<readonly string[]> {
  const failure = 'a store that was restored has lost these steps: retry';
  const tasks = found.flatMap(({ lostSteps }) =>
    lostSteps.map(({ commandId, remaining }) => ({ id: commandId, attention: { remaining, failure } })),
  );
  return commands.reopen(tasks, by);
}

function releaseText(isReleased: boolean): string {
  return isReleased ? 'released' : '--release gives it back';
}

function ownerText({ orderId, ownership }: Pick<UnownedStock, 'orderId' | 'ownership'>): string {
  return ownership === 'lost'
    ? `order ${orderId}, which does not exist`
    : `order ${orderId}, which is rejected or cancelled`;
}

function stockText(found: UnownedStock): string {
  const waiting = found.backordered.map(({ sku, quantity }) => `${quantity} x ${sku} on backorder`);
  const units = [...unitsAt(found.allocations), ...waiting].join(', ');
  return `Reservation ${found.id} keeps ${units || 'nothing'} for ${ownerText(found)}`;
}

function partnersText({ partnerRequests }: UnownedStock): string {
  const partners = [...new Set(partnerRequests.map(({ nodeId }) => nodeId))];
  if (partners.length === 0) return '';
  return ` Ask ${partners.join(', ')} to cancel the bookings for it: only the saga of an order does so by itself.`;
}

function creditText(found: UnownedCredit): string {
  const { customerId, held } = found;
  return `The account of ${customerId} holds ${amountText(found, held)} for ${ownerText(found)}`;
}

function capturedText(found: UnownedCredit): string {
  if (found.captured === 0) return '';
  return ` ${amountText(found, found.captured)} of it was captured for goods that have left, and stays owed: if it is not, record a payment.`;
}

function amountText({ currency }: UnownedCredit, minor: number): string {
  return currency === null ? String(minor) : moneyText(minor, currency);
}

/** Returns one line a difference, and one a task or the advice where no saga can complete it. */
function orderText(
  { orderId, status, sentences, lostSteps }: UnmatchedOrder,
  reopened: ReadonlySet<string>,
): readonly string[] {
  const told = sentences.map((sentence) => `Order ${orderId} ${sentence}.`);
  const tasks = lostSteps.map(({ commandId, remaining }) => {
    const steps = `command ${commandId} (${remaining.join(', ')})`;
    return reopened.has(commandId)
      ? `  ${steps} needs attention now: holdfast saga retry ${commandId}`
      : `  --release makes ${steps} a task: then retry it`;
  });
  if (tasks.length > 0) return [...told, ...tasks];
  const over = status === 'SHIPPED' || status === 'DELIVERED';
  return [
    ...told,
    over
      ? '  Correct stock and credit by hand: all of it has shipped.'
      : '  If its caller or its nodes still have commands of it, they repeat them under the same keys. Else cancel it and tell the customer.',
  ];
}
