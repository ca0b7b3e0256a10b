import { auditBooks } from '../../../src/audit/audit';
import { archivedChanges } from '../../support/aged-logs';
import { rowOf } from '../../support/order-changes';
import {
  eventually,
  type FixtureOptions,
  openSagaFixture,
  type SagaFixture,
} from '../../support/saga-fixture';
import { ADMIN_KEY, type Answer, startApi } from './api-under-test';

/** The API over real stores, real intakes, Temporal and a worker, which carries out the commands. */
export interface LiveApi {
  readonly fixture: SagaFixture;
  readonly url: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Ends everything. Returns the findings of an audit once no command is open. */
  close(): Promise<readonly unknown[]>;
}

export async function openLiveApi(options: FixtureOptions = {}): Promise<LiveApi> {
  const fixture = await openSagaFixture(options);
  const { stores } = fixture.context;
  await stores.apiKeys.put(ADMIN_KEY, { caller: 'tester', scopes: ['admin'] });
  const api = await startApi({ stores, intakes: fixture.intakes, callers: fixture.context.callers });
  return {
    fixture,
    url: api.url,
    call: api.call,
    async close() {
      await eventually(async () => expect(await stores.commands.countOpen(1)).toBe(0));
      const findings = [
        ...(await auditBooks(stores, { isQuiet: true })),
        ...(await archivedChanges(stores, { isQuiet: true })),
      ];
      await api.close();
      await fixture.close();
      return findings;
    },
  };
}

/** Places an order for units of an item, by the customer of the same name. Returns it approved. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export async function placeOrder(api: LiveApi, sku: string, quantity: number, unitPrice = 100): Promise<any> {
  const body = {
    customerId: sku,
    currency: 'EUR',
    lines: [{ sku, quantity, unitPrice }],
    shipTo: { region: 'north' },
  };
  const answer = await api.call('POST', '/v1/orders', body, {
    'Idempotency-Key': newKey(),
    Prefer: 'wait=20',
  });
  expect([answer.status, answer.json.status]).toEqual([200, 'APPROVED']);
  return answer.json;
}

/** Returns the stored state of an order once no command on it is open, and its number of events in the three logs. */
export async function allStoredOf({ fixture }: LiveApi, orderId: string) {
  const { commands } = fixture.context.stores;
  await eventually(async () => {
    const rows = await commands.bySubject([orderId]);
    expect(rows.filter(({ isClosed }) => !isClosed).map(({ kind }) => kind)).toEqual([]);
  });
  const order = await rowOf(fixture, orderId);
  const events = await fixture.sql(
    `SELECT type FROM orders.event WHERE correlation = $1 UNION ALL
     SELECT type FROM credit.event WHERE correlation = $1 UNION ALL
     SELECT type FROM inventory.event WHERE correlation = $1`,
    [orderId],
  );
  return { order, events: events.length };
}

let keys = 0;

/** Returns an unused idempotency key. */
export function newKey(): string {
  return `key-${++keys}`;
}
