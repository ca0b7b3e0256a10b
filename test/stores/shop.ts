import { creditSteps } from '../../activities/credit-steps';
import { holdSteps, stockSteps } from '../../activities/stock-steps';
import type { ReserveInventory } from '../../src/contracts/commands';
import type { CommandKind, CommandRow, Decisions } from '../../src/domain/command/recorded-command';
import type { DeclaredSource } from '../../src/domain/inventory/setup/set-up';
import { fillBackorders } from '../../src/events/handlers/fill-backorders';
import { type ExtendHold, expireHolds, extendHolds, releaseHolds } from '../../src/intake/hold-commands';
import type { ReservationCommand } from '../../src/intake/reservation-command';
import type { CountRow } from '../../src/stores/inventory/feed/inventory-feed-rows';
import type { WaitingTurn } from '../../src/stores/inventory/inventory-reads';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { openStores, type Stores } from '../../src/stores/stores';
import { carried, directDeps } from '../support/direct-saga';
import { orderOf } from '../support/new-commands';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** A command that no store has recorded, as a step finds it. */
export type Unrecorded<K extends CommandKind = CommandKind> = Pick<
  NewCommand<K>,
  'id' | 'kind' | 'caller' | 'subject' | 'wanted'
> & { readonly decision?: Decisions[K] | null; readonly recordedAt?: string };

/** Opens one client: pools of its own, and sagas and steps that run on them without Temporal. */
export function openShop(url: string, connections = 4) {
  const stores = openStores({ orders: url, inventory: url, credit: url }, connections);
  return {
    stores,
    ...stepsOn(stores),
    holdStock: (commands: readonly ReserveInventory[]) =>
      holdSteps({ stores, maxShipments: null }).holdStock(commands),
    releaseHolds: (commands: readonly ReservationCommand[]) => releaseHolds(stores.inventory, commands),
    extendHolds: (commands: readonly ExtendHold[]) => extendHolds(stores.inventory, commands),
    expireHolds: (commands: readonly ReservationCommand[]) => expireHolds(stores.inventory, commands),
    fillBackorders: (entries: readonly WaitingTurn[]) => fillBackorders(stores.inventory, entries),
  };
}

export type Shop = ReturnType<typeof openShop>;

/**
 * Returns the single steps on inventory and credit. They read only a command's content, so the orders store need not
 * have it.
 */
function stepsOn(stores: Stores) {
  const deps = directDeps(stores);
  const of =
    <K extends CommandKind, Answer>(step: (ids: readonly string[]) => Promise<Answer>) =>
    (commands: readonly Unrecorded<K>[]): Promise<Answer> => {
      stores.commandCache.remember(commands.map(rowOf));
      return step(commands.map(({ id }) => id));
    };
  const stock = stockSteps(deps);
  const credit = creditSteps(deps);
  const releaseStock = of<'create', StepAnswers<typeof stock.releaseStock>>(stock.releaseStock);
  return {
    commitStock: of<'create', StepAnswers<typeof stock.commitStock>>(stock.commitStock),
    releaseStock: (commands: readonly Unrecorded<'create'>[]) => releaseStock(commands.map(rejected)),
    consumeStock: of<'ship', StepAnswers<typeof stock.consumeStock>>(stock.consumeStock),
    replaceUnits: of<'reject', StepAnswers<typeof stock.replaceUnits>>(stock.replaceUnits),
    releaseRest: of<'cancel', StepAnswers<typeof stock.releaseRest>>(stock.releaseRest),
    extendStock: of<'revise', StepAnswers<typeof stock.extendStock>>(stock.extendStock),
    undoExtend: of<'revise', StepAnswers<typeof stock.undoExtend>>(stock.undoExtend),
    shrinkStock: of<'revise', StepAnswers<typeof stock.shrinkStock>>(stock.shrinkStock),
    holdCredit: of<'create', StepAnswers<typeof credit.holdCredit>>(credit.holdCredit),
    releaseCredit: of<'create', StepAnswers<typeof credit.releaseCredit>>(credit.releaseCredit),
    captureCredit: of<'ship', StepAnswers<typeof credit.captureCredit>>(credit.captureCredit),
    increaseCredit: of<'revise', StepAnswers<typeof credit.increaseCredit>>(credit.increaseCredit),
    revokeIncrease: of<'revise', StepAnswers<typeof credit.revokeIncrease>>(credit.revokeIncrease),
    decreaseCredit: of<'revise', StepAnswers<typeof credit.decreaseCredit>>(credit.decreaseCredit),
  };
}

type StepAnswers<Step extends (...input: never) => Promise<unknown>> = Awaited<ReturnType<Step>>;

/** Returns an order as a compensating run finds it. */
function rejected(command: Unrecorded<'create'>): Unrecorded<'create'> {
  return { ...command, decision: { kind: 'rejected', reason: 'CANCELLED' } };
}

function rowOf<K extends CommandKind>(command: Unrecorded<K>) {
  const { id, kind, caller, subject, wanted, decision, recordedAt = new Date().toISOString() } = command;
  const row = { id, kind, caller, subject, wanted, decision: decision ?? null };
  return {
    ...row,
    recordedAt,
    workflowId: 'saga',
    attention: null,
    isClosed: false,
  } as unknown as CommandRow;
}

/** Opens `count` clients on a database of their own. */
export async function openShops(
  count: number,
  connections = 4,
): Promise<{ database: TestDatabase; shops: Shop[]; close(): Promise<void> }> {
  const database = await createTestDatabase();
  const shops = Array.from({ length: count }, () => openShop(database.url, connections));
  return {
    database,
    shops,
    async close() {
      await Promise.all(shops.map(({ stores }) => stores.close()));
      await database.drop();
    },
  };
}

export const cause = { commandId: 'set-up', caller: 'operator', correlation: 'set-up' };

export const ERP: DeclaredSource = {
  id: 'erp',
  name: 'ERP',
  basis: 'on_hand',
  authority: 1,
  nodes: ['n1', 'n2'],
};

export const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** Creates a source, its nodes (stores where the id begins with `s`), and these units of each SKU at each node. */
export async function stockUp(
  stores: Stores,
  units: Readonly<Record<string, Readonly<Record<string, number>>>>,
  source: DeclaredSource = ERP,
): Promise<void> {
  for (const id of source.nodes) {
    const kind = id.startsWith('s') ? 'store' : node.kind;
    await stores.inventorySetUp.setNode({ ...node, id, kind }, cause);
  }
  await stores.inventorySetUp.setSource(source, cause);
  for (const sku of Object.keys(units)) {
    const item = { sku, name: sku, backorder: { mode: 'none' }, perOrderMax: null, tags: [] } as const;
    await stores.inventorySetUp.setItem(item, cause);
  }
  const rows = Object.entries(units).flatMap(([sku, nodes]) =>
    Object.entries(nodes).map(([nodeId, count]) => countRow({ sku, nodeId, count })),
  );
  await stores.inventoryFeed.apply(source, rows, cause);
}

const node = {
  name: 'node',
  kind: 'warehouse',
  region: 'eu',
  priority: 1,
  enabled: true,
  safetyStock: 0,
  feedTtlSeconds: null,
} as const;

export const aNode = node;

let messages = 0;

export function countRow(row: Partial<CountRow> & Pick<CountRow, 'sku' | 'count'>): CountRow {
  messages += 1;
  return {
    messageId: `m${messages}`,
    nodeId: 'n1',
    section: null,
    sequence: 1,
    observedAt: LONG_AGO,
    ...row,
  };
}

type Line = readonly [sku: string, quantity: number];

/** Returns the entries of an item's backorder queue, also those that no stock can fill yet. */
export async function waitingTurns({ inventory }: Stores, sku: string): Promise<readonly WaitingTurn[]> {
  const { client } = inventory;
  const entries = await client.backorder.findMany({ where: { sku }, orderBy: { place: 'asc' } });
  const ids = entries.map(({ reservationId }) => reservationId);
  const reservations = await client.reservation.findMany({ where: { id: { in: ids } } });
  return entries.map(({ place, reservationId }) => {
    const { orderId = null } = reservations.find(({ id }) => id === reservationId) ?? {};
    return { sku, place, reservationId, orderId: orderId ?? '', skus: [sku] };
  });
}

/** Returns an order command with defaults for its minor parts. */
export function order(
  id: string,
  lines: readonly Line[],
  rest: Parameters<typeof orderOf>[1] = {},
): NewCommand<'create'> {
  const priced = lines.map(([sku, quantity]) => [sku, quantity, 10] as const);
  return orderOf(priced, {
    id: `ord_${id}`,
    caller: 'shop',
    key: id,
    customerId: 'ann',
    region: 'eu',
    ...rest,
  });
}

export function hold(
  id: string,
  lines: readonly Line[],
  rest: Partial<ReserveInventory> = {},
): ReserveInventory {
  return {
    commandId: `rsv_${id}`,
    correlation: `rsv_${id}`,
    caller: 'shop',
    idempotencyKey: `hold-${id}`,
    fingerprint: `print-${id}`,
    demands: lines.map(([sku, quantity]) => ({ sku, quantity })),
    region: 'eu',
    channel: null,
    shippingMethod: null,
    customerId: null,
    ttlSeconds: 600,
    ...rest,
  };
}

/** Returns a release, an expiry or an extension, with a `commandId` as the API makes it: one release a reservation. */
export function onHold(reservationId: string, what: 'release' | 'expire' | 'extend', caller = 'shop') {
  return { commandId: `${reservationId}/${what}`, correlation: reservationId, caller, reservationId };
}

/** Runs the create-order saga over a batch. Returns the ids of the approved orders. */
export async function createOrders(shop: Shop, commands: readonly NewCommand<'create'>[]): Promise<string[]> {
  const ends = await carried(shop.stores, commands);
  return ends
    .filter(({ decision }) => decision === 'approved' || decision === 'backordered')
    .map(({ id }) => id);
}
