import { createActivities } from '../../activities/activities';
import type { Command, ShipShipment } from '../../src/contracts/commands';
import type { Order } from '../../src/domain/order/order';
import { LARGEST_SET } from '../../src/temporal/saga-look';
import { sagaId } from '../../src/temporal/saga-starter';
import { itemAtNodes } from './item-at-nodes';
import { onShipment, rowOf } from './order-changes';
import { eventTypesOf } from './saga-books';
import { type LifeName, lifeOf, type Stage } from './saga-failpoint-lives';
import type { SagaFixture } from './saga-fixture';
import { orderOf } from './saga-orders';

/** An order that has come to where its command can be given. */
export interface StagedOrder {
  readonly life: LifeName;
  readonly id: string;
  readonly sku: string;
  readonly command: Command;
}

/** Brings an order for each of these lives, of an item and a customer of its own, to where its command can be given. */
export async function staged(fixture: SagaFixture, lives: readonly LifeName[]): Promise<StagedOrder[]> {
  const { createOrder, acceptShipments, shipShipments } = fixture.context.starters;
  const placed = await inTurns(lives, (life) => orderFor(fixture, life));
  await inSets(placed, createOrder);
  const at = (...stages: readonly Stage[]) =>
    inTurns(
      placed.filter(({ life }) => stages.includes(lifeOf(life).stage)),
      ({ commandId }) => rowOf(fixture, commandId),
    );
  const accepted = (await at('accepted', 'shipped', 'lost')).map((row) => onShipment(row));
  await inSets(accepted, acceptShipments);
  const sending = (rows: readonly Order[]) => rows.map((row) => ({ ...onShipment(row), tracking: null }));
  await inSets(sending(await at('shipped')), shipShipments);
  await withoutSaga(fixture, sending(await at('lost')));
  return inTurns(placed, ({ life, commandId }) => withCommand(fixture, life, commandId));
}

/** As many at a time as there are connections. */
const AT_A_TIME = 6;

async function inTurns<T, R>(all: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += AT_A_TIME)
    results.push(...(await Promise.all(all.slice(from, from + AT_A_TIME).map(run))));
  return results;
}

async function orderFor(fixture: SagaFixture, life: LifeName) {
  const sku = await itemAtNodes(fixture, lifeOf(life).stock);
  return { life, ...orderOf([[sku, 3]], { customerId: sku }) };
}

async function inSets<C>(
  commands: readonly C[],
  start: (set: readonly C[]) => Promise<{ readonly outcomes: Promise<unknown> }>,
): Promise<void> {
  for (let from = 0; from < commands.length; from += LARGEST_SET)
    await (await start(commands.slice(from, from + LARGEST_SET))).outcomes;
}

/** The first step of a saga that nobody has heard of since. */
async function withoutSaga({ context }: SagaFixture, commands: readonly ShipShipment[]): Promise<void> {
  const { stores, parties, settings } = context;
  const { shipShipment } = createActivities(stores, parties, settings.deadlines);
  const members = commands.map((command) => ({ command, given: {} }));
  await shipShipment({ sagaId: 'lost', members });
}

async function withCommand(fixture: SagaFixture, life: LifeName, id: string): Promise<StagedOrder> {
  const order = await rowOf(fixture, id);
  return { life, id, sku: order.customerId, command: lifeOf(life).says(order) };
}

/** Has the commands of some orders carried by one saga; the answer waits for its end, and says what each was answered. */
export async function begun({ context }: SagaFixture, orders: readonly StagedOrder[]) {
  const [first] = orders;
  if (!first) throw new Error('a saga carries somebody');
  const { saga } = lifeOf(first.life);
  const commands = orders.map(({ command }) => command);
  const start = context.starters[saga] as (commands: readonly object[]) => Promise<unknown>;
  await start(commands);
  const ids = commands.map(({ commandId }) => commandId);
  const handle = context.temporal.client.workflow.getHandle(sagaId(saga, ids));
  return async () => answersIn(await handle.result(), ids);
}

/** By command. */
function answersIn(
  result: readonly { readonly kind: string }[],
  ids: readonly string[],
): (readonly [string, string])[] {
  return ids.map((id, at) => [id, result[at]?.kind ?? 'nothing']);
}

/** What an order, its stock and its credit say of themselves, in words that are the same for every order. */
export interface Tale {
  /** Its status, and what its last command was and came to. */
  readonly end: string;
  readonly said: object;
}

export async function taleOf(fixture: SagaFixture, { id, sku, command }: StagedOrder): Promise<Tale> {
  const { sagaId: _, createdAt, updatedAt, lastCommand, shipments, ...order } = await rowOf(fixture, id);
  const told = {
    ...order,
    shipments: shipments.map(({ dueAt, shippedBy, ...shipment }) => ({ ...shipment, isDue: dueAt !== null })),
    lastCommand: lastCommand && { ...lastCommand, reason: null },
    events: await eventTypesOf(fixture.sql, id),
    stock: await fixture.sql(
      `SELECT node_id, committed, held, unavailable FROM inventory.stock WHERE sku = $1 ORDER BY 1`,
      [sku],
    ),
    credit: await fixture.sql(
      `SELECT held::int, captured_unpaid::int FROM credit.account WHERE customer_id = $1`,
      [sku],
    ),
  };
  const names = [command.commandId, sku, id.slice('ord_'.length)];
  const said = names.reduce((text, name, at) => text.replaceAll(name, `#${at}`), JSON.stringify(told));
  const how = lastCommand && `, ${lastCommand.kind} ${lastCommand.reason ?? lastCommand.outcome}`;
  return { end: `${order.status}${how ?? ''}`, said: JSON.parse(said) };
}
