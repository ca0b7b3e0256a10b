import type { CommandKind, CommandRow } from '../../src/domain/command/recorded-command';
import type { Order, Shipment } from '../../src/domain/order/order';
import type { NewCommand, RecordAnswer } from '../../src/stores/command-rows';
import { acceptOf, orderOf, shipOf } from './new-commands';
import { eventually, type SagaFixture } from './saga-fixture';

/** Gives a command to the fixture's intake; the answer comes with its record. */
export function given<K extends CommandKind>(
  { intakes }: Pick<SagaFixture, 'intakes'>,
  command: NewCommand<K>,
): Promise<RecordAnswer> {
  return intakes[command.kind].submit(command as never);
}

/** Gives a command and waits until it is closed; gives its row. @throws where it is not recorded */
export async function carriedOut<K extends CommandKind>(
  fixture: SagaFixture,
  command: NewCommand<K>,
): Promise<CommandRow<K>> {
  const answer = await given(fixture, command);
  if (answer.kind !== 'recorded' && answer.kind !== 'replayed')
    throw new Error(`${command.kind} was not recorded: ${JSON.stringify(answer)}`);
  return closed<K>(fixture, command.id);
}

/** The row of a command once it is closed. */
export function closed<K extends CommandKind>({ context }: SagaFixture, id: string): Promise<CommandRow<K>> {
  return eventually(async () => {
    const row = (await context.stores.commands.commands([id])).get(id);
    if (!row?.isClosed) throw new Error(`command ${id} is open: ${JSON.stringify(row)}`);
    return row as unknown as CommandRow<K>;
  });
}

/** The row of a command as it stands. */
export async function commandRowOf({ context }: SagaFixture, id: string): Promise<CommandRow> {
  const row = (await context.stores.commands.commands([id])).get(id);
  if (!row) throw new Error(`command ${id} was never recorded`);
  return row;
}

/** Places an order and waits until it is closed. */
export async function placed(fixture: SagaFixture, command: NewCommand<'create'>): Promise<Order> {
  await carriedOut(fixture, command);
  return rowOf(fixture, command.subject);
}

/** An order over demo data that was approved. */
export function approved(fixture: SagaFixture, quantity = 2): Promise<Order> {
  return placed(fixture, orderOf([['MUG-01', quantity]]));
}

export async function rowOf({ context }: SagaFixture, id: string): Promise<Order> {
  const order = await context.stores.ordersReads.order(id);
  if (!order) throw new Error(`no order ${id}`);
  return order;
}

export function shipmentAt({ id, shipments }: Order, at = 0): Shipment {
  const shipment = shipments[at];
  if (!shipment) throw new Error(`order ${id} has no shipment ${at}`);
  return shipment;
}

/** Has a shipment accepted and sent. */
export async function shipped(fixture: SagaFixture, order: Order, at = 0): Promise<Order> {
  await carriedOut(fixture, acceptOf(order, shipmentAt(order, at)));
  await carriedOut(fixture, shipOf(order, shipmentAt(order, at)));
  return rowOf(fixture, order.id);
}

/** As if a shipment's time were up, for its order and for the watch. */
export async function overdue({ sql }: SagaFixture, { orderId, id }: Shipment): Promise<void> {
  await sql(
    `UPDATE orders."order" SET shipments = (SELECT jsonb_agg(CASE WHEN s->>'id' = $1
       THEN s || '{"dueAt": "2026-01-01T00:00:00.000Z"}' ELSE s END) FROM jsonb_array_elements(shipments) s)
     WHERE id = $2`,
    [id, orderId],
  );
  await sql(`UPDATE orders.shipment SET due_at = '2026-01-01' WHERE id = $1`, [id]);
}
