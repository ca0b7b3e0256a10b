import type { MemberEnd } from '../../src/contracts/saga';
import type { CommandKind, CommandRow } from '../../src/domain/command/recorded-command';
import type { Order, Shipment } from '../../src/domain/order/order';
import { carryCommands } from '../../src/intake/carry-commands';
import { COMMANDS } from '../../src/intake/commands';
import { Failed } from '../../src/intake/intake';
import type { NewCommand, RecordAnswer } from '../../src/stores/orders/command-rows';
import { acceptOf, orderOf, shipOf } from './new-commands';
import { eventually, type SagaFixture } from './saga-fixture';

/** Submits a command to the fixture's intake. Returns the answer once it is recorded. */
export function given<K extends CommandKind>(
  { intakes }: Pick<SagaFixture, 'intakes'>,
  command: NewCommand<K>,
): Promise<RecordAnswer> {
  return intakes[command.kind].submit(command as never);
}

/** Submits a command and waits until it is closed. Returns its row. @throws when it is not recorded */
export async function carriedOut<K extends CommandKind>(
  fixture: SagaFixture,
  command: NewCommand<K>,
): Promise<CommandRow<K>> {
  const answer = await given(fixture, command);
  if (answer.kind !== 'recorded' && answer.kind !== 'replayed')
    throw new Error(`${command.kind} was not recorded: ${JSON.stringify(answer)}`);
  return closed<K>(fixture, command.id);
}

/** A batch that the intake has recorded, with its saga under way. */
export interface Batch {
  readonly answers: readonly RecordAnswer[];
  readonly workflowId: string;
  /** Resolves with the end of each member; rejects when the workflow fails or is terminated. */
  readonly ended: Promise<readonly MemberEnd[]>;
}

/** Records commands of one kind in one batch and starts its saga, also while others are in flight. */
export async function inOneBatch<K extends CommandKind>(
  { context }: Pick<SagaFixture, 'context'>,
  commands: readonly NewCommand<K>[],
): Promise<Batch> {
  const [first] = commands;
  if (!first) throw new Error('a batch is of some command');
  const { stores, sagas, settings } = context;
  const record = COMMANDS[first.kind].record({ stores, deadlines: settings.deadlines });
  const onUnconfirmed = (_: string, error: unknown) => Promise.reject(error);
  const deps = { sagas, cache: stores.commandCache, onUnconfirmed, onBatch: () => undefined };
  const carry = carryCommands<K>(first.kind, record, deps);
  const { answers, ended } = await carry(commands);
  const recorded = answers.map((answer) => {
    if (answer instanceof Failed) throw answer.error;
    return answer;
  });
  const workflowId = recorded.flatMap((answer) =>
    answer.kind === 'recorded' ? answer.row.workflowId : [],
  )[0];
  // Only a test that awaits the end needs the failure.
  ended.catch(() => undefined);
  return { answers: recorded, workflowId: workflowId ?? '', ended: ended as Batch['ended'] };
}

/**
 * Returns the decision of each command as one word: the reason of a rejection or of a revision turned back, else the
 * decision's kind.
 */
export async function decisionsOn(
  { context }: Pick<SagaFixture, 'context'>,
  commands: readonly { readonly id: string }[],
): Promise<readonly (string | null)[]> {
  const rows = await context.stores.commands.commands(commands.map(({ id }) => id));
  return commands.map(({ id }) => {
    const decision = rows.get(id)?.decision;
    if (!decision) return null;
    return decision.kind === 'rejected' || decision.kind === 'turned-back' ? decision.reason : decision.kind;
  });
}

/** Carries orders in one batch and waits until all of them are closed. Returns the decision of each. */
export async function decided(
  fixture: SagaFixture,
  orders: readonly NewCommand<'create'>[],
): Promise<readonly (string | null)[]> {
  await inOneBatch(fixture, orders);
  for (const { id } of orders) await closed(fixture, id);
  return decisionsOn(fixture, orders);
}

/** Waits until a command is closed and returns its row. */
export function closed<K extends CommandKind>({ context }: SagaFixture, id: string): Promise<CommandRow<K>> {
  return eventually(async () => {
    const row = (await context.stores.commands.commands([id])).get(id);
    if (!row?.isClosed) throw new Error(`command ${id} is open: ${JSON.stringify(row)}`);
    return row as unknown as CommandRow<K>;
  });
}

/** Returns the present row of a command. */
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

/** Places an order over demo data that is approved. */
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

/** Accepts and ships a shipment. */
export async function shipped(fixture: SagaFixture, order: Order, at = 0): Promise<Order> {
  await carriedOut(fixture, acceptOf(order, shipmentAt(order, at)));
  await carriedOut(fixture, shipOf(order, shipmentAt(order, at)));
  return rowOf(fixture, order.id);
}

/** Moves a shipment's deadline into the past, for its order and for the watch. */
export async function overdue({ sql }: Pick<SagaFixture, 'sql'>, { orderId, id }: Shipment): Promise<void> {
  await sql(
    `UPDATE orders."order" SET shipments = (SELECT jsonb_agg(CASE WHEN s->>'id' = $1
       THEN s || '{"dueAt": "2026-01-01T00:00:00.000Z"}' ELSE s END) FROM jsonb_array_elements(shipments) s)
     WHERE id = $2`,
    [id, orderId],
  );
  await sql(`UPDATE orders.shipment SET due_at = '2026-01-01' WHERE id = $1`, [id]);
}
