import { Client } from 'pg';
import { USUAL_DEADLINES } from '../../../activities/step-deps';
import type { SagaInput } from '../../../src/contracts/saga';
import type { CommandKind } from '../../../src/domain/command/recorded-command';
import { carryCommands } from '../../../src/intake/carry-commands';
import { COMMANDS } from '../../../src/intake/commands';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { SagaStart } from '../../../src/temporal/saga-client';
import { runDirect } from '../../support/direct-saga';
import { cancelOf } from '../../support/new-commands';
import { cause, createOrders, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeEach(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(shop.stores, { apple: { n1: 1_000 } });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await shops.close();
});

/**
 * Returns every statement that this process sends to PostgreSQL while `work` runs, in order; counts each of several in
 * one text.
 */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const query = jest.spyOn(Client.prototype, 'query');
  await work();
  const texts = query.mock.calls.map(([asked]) => textOf(asked));
  query.mockRestore();
  return texts.flatMap((text) => text.split(';')).map((text) => text.trim().replaceAll(/\s+/g, ' '));
}

function textOf(asked: unknown): string {
  if (typeof asked === 'string') return asked;
  return (asked as { readonly text?: string } | undefined)?.text ?? '';
}

/** Carries a batch from its record to its close, as the intake of one process does. */
async function carry<K extends CommandKind>(batch: readonly NewCommand<K>[]): Promise<void> {
  const [first] = batch;
  if (!first) throw new Error('a batch is of some command');
  const { kind } = first;
  const { stores } = shop;
  const start = async ({ input }: SagaStart) => {
    const { members } = input as SagaInput;
    const rows = await stores.commandCache.recorded(members.map(({ id }) => id));
    return { ended: runDirect(stores, rows) };
  };
  const deps = {
    sagas: { start },
    cache: stores.commandCache,
    onUnconfirmed: fail,
    onBatch: () => undefined,
  };
  const record = COMMANDS[kind].record({ stores, deadlines: USUAL_DEADLINES });
  const { ended } = await carryCommands(kind, record, deps)(batch);
  expect(await ended).toMatchObject(batch.map(({ id }) => ({ id, end: 'closed' })));
}

function fail(workflowId: string): never {
  throw new Error(`${workflowId} was not started`);
}

test('a single order takes at most 20 statements in all stores, from its record to its close, including one round of the relay', async () => {
  await carry([order('first', [['apple', 1]])]);
  const asked = await statementsOf(() => carry([order('a', [['apple', 1]])]));
  const looked = await statementsOf(() => shop.stores.commands.takeDue(50));
  expect(looked).toHaveLength(1);
  expect(asked.length + looked.length).toBeLessThanOrEqual(20);
});

test('a batch of orders takes as many statements as a single order', async () => {
  await carry([order('first', [['apple', 1]])]);
  const alone = await statementsOf(() => carry([order('a', [['apple', 1]])]));
  const orders = Array.from({ length: 20 }, (_, index) => order(`${index}`, [['apple', 1]]));
  expect((await statementsOf(() => carry(orders))).map(headOf)).toEqual(alone.map(headOf));
});

test('a cancellation takes one transaction a store for its record and each of its steps', async () => {
  await createOrders(shop, [order('a', [['apple', 1]])]);
  const asked = await statementsOf(() => carry([cancelOf({ id: 'ord_a', customerId: 'ann' })]));
  expect(asked.filter((text) => text === 'COMMIT')).toHaveLength(4);
  expect(asked.length).toBeLessThanOrEqual(26);
});

/** Returns a statement without its parameters, as their number differs. */
function headOf(text: string): string {
  return text.slice(0, 60);
}
