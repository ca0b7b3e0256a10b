import type { Hold } from '../domain/credit/hold';
import { never } from '../domain/decision';
import { hasLeft, isLive } from '../domain/order/line-units';
import type { Order } from '../domain/order/order';
import { compositeName } from '../names/composite-name';
import { archivedUntil } from '../stores/log/log-start';
import type { StoreSession } from '../stores/postgres/store-session';
import { canonical, type Findings } from './audit-findings';
import { groupedBy } from './audit-streams';
import { sums } from './inventory/audit-reservations';

/** The sessions of the three stores. No statement reads two stores: the audit reads them in turn and compares here. */
export interface StoreSessions {
  readonly orders: StoreSession;
  readonly inventory: StoreSession;
  readonly credit: StoreSession;
}

export type HoldingOrder = Pick<
  Order,
  | 'id'
  | 'status'
  | 'customerId'
  | 'total'
  | 'reservationId'
  | 'lines'
  | 'shipments'
  | 'returns'
  | 'pending'
  | 'version'
> & {
  /** True when the command that created the order is closed: its compensations are done. */
  readonly isClosed: boolean;
};

export interface Promised {
  readonly id: string;
  readonly orderId: string;
  readonly state: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly allocations: readonly Taken[];
  readonly consumed: readonly (Taken & { readonly shipmentId: string })[];
}

export interface Credited {
  readonly orderId: string;
  readonly customerId: string;
  readonly amount: number;
  readonly state: string;
  readonly captures: Hold['captures'];
  readonly refunds: Readonly<Record<string, number>>;
}

/** Units that came back to a stock row. */
export interface Arrived {
  readonly orderId: string;
  /** The id of the command that returned them. */
  readonly returnId: string;
  readonly stream: string;
  readonly condition: string;
  readonly quantity: number;
}

interface Taken {
  readonly sku: string;
  readonly nodeId: string;
  readonly quantity: number;
}

const ROWS_A_PAGE = 1_000;

/** An order, and what the other stores have for it. */
export interface OrderAcross {
  readonly order: HoldingOrder;
  readonly reservations: readonly Promised[];
  readonly hold: Credited | undefined;
  /** The units that came back, of an order with returns. */
  readonly arrivals: readonly Arrived[];
  /** The ids of returns from before the start of the inventory's log: that their units came back may be archived. */
  readonly archivedReturns: ReadonlySet<string>;
}

/**
 * Compares every order with its reservation, its credit hold and the stock that came back. A final order's holdings are
 * final before the order is, so a running saga causes no false finding.
 */
export async function auditOrdersAcross(
  stores: StoreSessions,
  isQuiet: boolean,
  findings: Findings,
): Promise<void> {
  for await (const page of ordersAcross(stores))
    for (const one of page)
      for (const sentence of mismatchesOf(one, isQuiet)) findings.add(`Order ${one.order.id} ${sentence}.`);
}

/** Reads every order with what the other stores have for it, in pages. It reads orders before what they hold. */
export async function* ordersAcross(stores: StoreSessions): AsyncGenerator<readonly OrderAcross[]> {
  for (let after = ''; ; ) {
    const orders = await pageOfOrders(stores.orders, after);
    const ids = orders.map(({ id }) => id);
    const reservations = groupedBy(await reservationsOf(stores.inventory, ids), ({ orderId }) => orderId);
    const holds = new Map((await holdsOf(stores.credit, ids)).map((hold) => [hold.orderId, hold]));
    const returning = orders.filter(({ returns }) => returns.length > 0).map(({ id }) => id);
    const arrivals = groupedBy(await arrivalsOf(stores.inventory, returning), ({ orderId }) => orderId);
    // Read after the events: a run of the archive in between must not hide them unnoticed.
    const until = await archivedUntil(stores.inventory);
    yield orders.map((order) => ({
      order,
      reservations: reservations.get(order.id) ?? [],
      hold: holds.get(order.id),
      arrivals: arrivals.get(order.id) ?? [],
      archivedReturns: new Set(
        order.returns.filter(({ returnedAt }) => until !== null && returnedAt <= until).map(({ id }) => id),
      ),
    }));
    const last = ids.at(-1);
    if (last === undefined || ids.length < ROWS_A_PAGE) return;
    after = last;
  }
}

/** Describes in what an order differs from the other stores. `isQuiet`: no saga of it runs. */
export function mismatchesOf(
  { order, reservations, hold, ...returning }: OrderAcross,
  isQuiet: boolean,
): readonly string[] {
  return [
    ...findingsOf(order, reservations, hold, isQuiet),
    ...(isQuiet ? [...capturedWholly(order, hold), ...returnedWholly(order, returning, hold)] : []),
  ];
}

function findingsOf(
  order: HoldingOrder,
  reservations: readonly Promised[],
  hold: Credited | undefined,
  isQuiet: boolean,
): readonly string[] {
  const taking = reservations.filter(({ state }) => state === 'HELD' || state === 'COMMITTED');
  const spent = reservations.filter(({ state }) => state === 'CONSUMED');
  const isHeld = hold?.state === 'HELD';
  switch (order.status) {
    case 'PENDING':
    case 'CANCEL_PENDING':
    case 'REVISION_PENDING':
      return isQuiet ? [`is ${order.status}, and nothing is under way`] : [];
    case 'APPROVED':
    case 'BACKORDERED':
    case 'FULFILLING':
    case 'SHIPPED':
    case 'DELIVERED':
      // During the read a saga may change the units of a live order, in one store after the other.
      return isQuiet
        ? [
            ...isFree(order),
            ...approvedWithStock(order, [...taking, ...spent]),
            ...approvedWithCredit(order, hold),
          ]
        : [];
    case 'CANCELLED':
      return [
        ...(taking.length > 0 ? [`is CANCELLED and keeps the stock of ${idsOf(taking)}`] : []),
        ...(isHeld && hold.amount > 0 ? [`is CANCELLED and keeps ${hold.amount} of credit`] : []),
      ];
    case 'REJECTED': {
      const isUndone = order.isClosed;
      return [
        ...(isUndone && taking.length > 0 ? [`is REJECTED and keeps the stock of ${idsOf(taking)}`] : []),
        ...(isUndone && isHeld ? [`is REJECTED and keeps ${hold.amount} of credit`] : []),
      ];
    }
    default:
      return never(order.status);
  }
}

function isFree({ status, pending }: HoldingOrder): readonly string[] {
  return pending ? [`is ${status} and taken by ${pending.commandId}, and nothing is under way`] : [];
}

function approvedWithStock(order: HoldingOrder, having: readonly Promised[]): readonly string[] {
  const [reservation] = having;
  if (!reservation || having.length > 1 || reservation.state === 'HELD')
    return [
      `is ${order.status} and has ${having.length === 0 ? 'no reservation' : `the reservations ${idsOf(having)}`}`,
    ];
  const { id, lines, allocations, consumed } = reservation;
  const idle = order.lines.flatMap(({ sku, committed }) => committed.map((units) => ({ sku, ...units })));
  const live = order.shipments.filter(isLive);
  const sources = [...idle, ...unitsOf(live.filter((shipment) => !hasLeft(shipment)))];
  const shipped = unitsOf(live.filter(hasLeft));
  const wanted = order.lines
    .map(({ sku, quantity, cancelled }) => ({ sku, quantity: quantity - cancelled }))
    .filter(({ quantity }) => quantity > 0);
  return [
    ...(order.reservationId === id ? [] : [`names the reservation ${order.reservationId} and has ${id}`]),
    ...(sums(wanted) === sums(lines) ? [] : [`is for ${sums(wanted)} and has ${sums(lines)}`]),
    ...(byPlace(sources) === byPlace(allocations)
      ? []
      : [`ships ${byPlace(sources)} and has ${byPlace(allocations)}`]),
    ...(byPlace(shipped) === byPlace(consumed)
      ? []
      : [`has shipped ${byPlace(shipped)}, and ${byPlace(consumed)} left the stock`]),
  ];
}

function unitsOf(shipments: HoldingOrder['shipments']): readonly Taken[] {
  return shipments.flatMap(({ nodeId, lines }) =>
    lines.map(({ sku, quantity }) => ({ sku, nodeId, quantity })),
  );
}

function approvedWithCredit(
  { status, total, customerId }: HoldingOrder,
  hold: Credited | undefined,
): readonly string[] {
  const isSettled = hold?.state === 'SETTLED' && (status === 'SHIPPED' || status === 'DELIVERED');
  const expected = canonical({ total, customerId, state: isSettled ? 'SETTLED' : 'HELD' });
  const is = hold && canonical({ total: hold.amount, customerId: hold.customerId, state: hold.state });
  return is === expected ? [] : [`is ${status} for ${expected} and has the credit hold ${is ?? 'none'}`];
}

/** Finds captures that an order has noted and its credit hold does not have. An amount of 0 was settled by hand. */
function capturedWholly({ shipments }: HoldingOrder, hold: Credited | undefined): readonly string[] {
  return shipments.flatMap(({ id, shippedBy = '', captured = 0 }) => {
    const capture = hold?.captures[shippedBy];
    const has = capture?.state === 'CAPTURED' ? capture.amount : 0;
    return captured === 0 || captured === has
      ? []
      : [`has captured ${captured} for ${id}, and its credit hold has ${has}`];
  });
}

/** Compares the returns of an order with the units that came back to stock and with the refunds of its credit hold. */
function returnedWholly(
  { returns }: HoldingOrder,
  { arrivals, archivedReturns }: Pick<OrderAcross, 'arrivals' | 'archivedReturns'>,
  hold: Credited | undefined,
): readonly string[] {
  const inLog = returns.filter(({ id }) => !archivedReturns.has(id));
  const returned = inLog.flatMap(({ nodeId, lines }) =>
    lines.map(({ sku, condition, quantity }) => ({ sku: `${condition} stock/${sku}/${nodeId}`, quantity })),
  );
  const arrivedInLog = arrivals.filter(({ returnId }) => !archivedReturns.has(returnId));
  const arrived = arrivedInLog.map(({ stream, condition, quantity }) => ({
    sku: `${condition} ${stream}`,
    quantity,
  }));
  const noted = returns.filter(({ refunded = 0 }) => refunded > 0).map(({ id, refunded }) => [id, refunded]);
  const refunds = canonical(Object.fromEntries(noted));
  const refunded = canonical(hold?.refunds ?? {});
  return [
    ...(sums(returned) === sums(arrived)
      ? []
      : [`has returned ${sums(returned)}, and ${sums(arrived)} came back to stock`]),
    ...(refunds === refunded ? [] : [`has refunded ${refunds}, and its credit hold has ${refunded}`]),
  ];
}

function byPlace(taken: readonly Taken[]): string {
  return sums(
    taken.map(({ sku, nodeId, quantity }) => ({
      sku: compositeName(sku, nodeId),
      quantity,
    })),
  );
}

function idsOf(reservations: readonly Promised[]): string {
  return reservations.map(({ id, state }) => `${id} (${state})`).join(', ');
}

/** Reads a page of orders, only the columns compared here: a whole order costs several times as much. */
async function pageOfOrders(orders: StoreSession, after: string): Promise<readonly HoldingOrder[]> {
  const [page] = await orders.$queryRaw<{ orders: HoldingOrder[] }[]>`
    SELECT coalesce(json_agg(json_build_object('id', id, 'status', status, 'isClosed',
      EXISTS (SELECT 1 FROM command c WHERE c.id = page.id AND c.closed_at IS NOT NULL),
      'customerId', customer_id, 'total', total, 'reservationId', reservation_id, 'lines', lines,
      'shipments', shipments, 'returns', returns, 'pending', pending, 'version', version)), '[]') AS orders
    FROM (SELECT * FROM "order" WHERE id > ${after} ORDER BY id LIMIT ${ROWS_A_PAGE}) page`;
  return page?.orders ?? [];
}

async function reservationsOf(
  inventory: StoreSession,
  orderIds: readonly string[],
): Promise<readonly Promised[]> {
  return inventory.$queryRaw`
    SELECT id, order_id AS "orderId", state, lines, allocations, consumed
    FROM reservation WHERE order_id = ANY(${[...orderIds]})`;
}

async function arrivalsOf(inventory: StoreSession, orderIds: readonly string[]): Promise<readonly Arrived[]> {
  if (orderIds.length === 0) return [];
  return inventory.$queryRaw`
    SELECT correlation AS "orderId", causation AS "returnId", stream, data->>'condition' AS condition,
      (data->>'quantity')::int AS quantity
    FROM event WHERE correlation = ANY(${[...orderIds]}) AND type = 'inventory.stock-returned.v1'`;
}

async function holdsOf(credit: StoreSession, orderIds: readonly string[]): Promise<readonly Credited[]> {
  const rows = await credit.$queryRaw<{ hold: Credited }[]>`
    SELECT jsonb_build_object('orderId', order_id, 'customerId', customer_id, 'amount', amount, 'state', state,
      'captures', captures, 'refunds', refunds) AS hold
    FROM hold WHERE order_id = ANY(${[...orderIds]})`;
  return rows.map(({ hold }) => hold);
}

/**
 * Reports stock and credit held for orders that do not exist. It reads holds before orders, because an order is
 * recorded before anything is held for it.
 */
export async function auditHoldersExist(stores: StoreSessions, findings: Findings): Promise<void> {
  await eachPage(stores, stockHolders, (id) => findings.add(`Stock is held for ${id}, which is no order.`));
  await eachPage(stores, creditHolders, (id) => findings.add(`Credit is held for ${id}, which is no order.`));
  const ownerless = await stores.inventory.$queryRaw<{ id: string }[]>`
    SELECT id FROM reservation WHERE state = 'COMMITTED' AND order_id IS NULL LIMIT 100`;
  for (const { id } of ownerless) findings.add(`Reservation ${id} is COMMITTED to no order.`);
}

type Holders = (stores: StoreSessions, after: string) => Promise<readonly { id: string }[]>;

const stockHolders: Holders = ({ inventory }, after) => inventory.$queryRaw`
  SELECT order_id AS id FROM reservation
  WHERE order_id > ${after} AND state IN ('HELD', 'COMMITTED') ORDER BY order_id LIMIT ${ROWS_A_PAGE}`;

const creditHolders: Holders = ({ credit }, after) => credit.$queryRaw`
  SELECT order_id AS id FROM hold
  WHERE order_id > ${after} AND state <> 'RELEASED' ORDER BY order_id LIMIT ${ROWS_A_PAGE}`;

async function eachPage(
  stores: StoreSessions,
  holders: Holders,
  missing: (id: string) => void,
): Promise<void> {
  for (let after = ''; ; ) {
    const ids = (await holders(stores, after)).map(({ id }) => id);
    const found = await stores.orders.$queryRaw<{ id: string }[]>`
      SELECT id FROM "order" WHERE id = ANY(${ids})`;
    const known = new Set(found.map(({ id }) => id));
    for (const id of ids) if (!known.has(id)) missing(id);
    const last = ids.at(-1);
    if (last === undefined || ids.length < ROWS_A_PAGE) return;
    after = last;
  }
}
