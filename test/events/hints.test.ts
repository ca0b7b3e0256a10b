import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../src/events/subscriptions/follow';
import { Hints } from '../../src/events/subscriptions/hints';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import { LOG_START } from '../../src/stores/log/log-cursor';
import type { ProjectionBatch, SubscriptionStore, Unread } from '../../src/stores/log/subscription-store';
import { Wake } from '../../src/stores/postgres/wake';
import { aNode, cause, countRow, ERP, openShops, type Shop } from '../stores/shop';

const FOR_EVER = { least: 0, most: 2 ** 31 - 1 };

describe('a pause', () => {
  let saved: Wake;
  let stopping: AbortController;
  let hints: Hints;

  beforeEach(() => {
    saved = new Wake();
    stopping = new AbortController();
    hints = new Hints(saved, stopping.signal);
  });

  test('ends with a save', async () => {
    const pause = hints.wait(FOR_EVER);
    saved.tell();
    await pause;
    expect(hints.take()).toBe(true);
    expect(hints.take()).toBe(false);
  });

  test('is over at once where something was saved before it began', async () => {
    saved.tell();
    await hints.wait(FOR_EVER);
    expect(hints.take()).toBe(true);
  });

  test('takes its least time, whatever is saved', async () => {
    const begun = performance.now();
    saved.tell();
    await hints.wait({ ...FOR_EVER, least: 60 });
    // Timers count in whole milliseconds.
    expect(performance.now() - begun).toBeGreaterThan(58);
  });

  test('ends by itself, and when the follower is to stop', async () => {
    await hints.wait({ least: 1, most: 5 });
    expect(hints.take()).toBe(false);
    const pauses = [hints.wait(FOR_EVER), hints.wait({ ...FOR_EVER, least: FOR_EVER.most })];
    stopping.abort();
    await Promise.all(pauses);
    await hints.wait(FOR_EVER);
  });

  test('hears nothing any more once it is closed', () => {
    hints.close();
    saved.tell();
    expect(hints.take()).toBe(false);
  });
});

/** A store whose log a test scripts; it notes each read of a follower. */
class ScriptedStore {
  readonly saved = new Wake();
  readonly looks: string[] = [];
  unreadNext: Unread = 'nothing';
  #onLook = (): void => undefined;

  async register(): Promise<void> {}

  async unread(): Promise<Unread> {
    this.#note('unread');
    return this.unreadNext;
  }

  /** Runs a batch that handles one event, if the next event is wanted. */
  async inBatch(_name: string, work: (batch: ProjectionBatch) => Promise<unknown>): Promise<unknown> {
    const position = this.unreadNext === 'wanted' ? 1 : null;
    this.unreadNext = 'nothing';
    const answers = [
      { snapshot: '1:1:', first: position, last: position, archived: null },
      { events: [{ position }], archived: null },
    ];
    const session = { $queryRaw: async () => [answers.shift()] } as unknown as ProjectionBatch['session'];
    const move = () => undefined;
    const result = await work({ session, cursor: LOG_START, revision: 1, restartAt: null, peer: null, move });
    this.#note('batch');
    return result;
  }

  /** Waits until the latest reads are these. */
  async seen(...last: string[]): Promise<void> {
    while (this.looks.slice(-last.length).join() !== last.join()) {
      await new Promise<void>((resolve) => {
        this.#onLook = resolve;
      });
    }
  }

  #note(look: string): void {
    this.looks.push(look);
    this.#onLook();
  }
}

describe('a follower', () => {
  let store: ScriptedStore;
  let stopping: AbortController;
  let ended: Promise<void>;
  const errors: unknown[] = [];

  beforeEach(() => {
    store = new ScriptedStore();
    stopping = new AbortController();
    const subscription: Subscription = {
      name: 'test',
      log: 'inventory',
      revision: 1,
      types: [],
      handler: { kind: 'projection', apply: async () => undefined, clear: async () => undefined },
    };
    ended = follow(subscription, {
      store: store as unknown as SubscriptionStore,
      owner: 'a',
      signal: stopping.signal,
      onError: (_, error) => errors.push(error),
    });
  });

  afterEach(async () => {
    stopping.abort();
    await ended;
    expect(errors).toEqual([]);
  });

  test('that is hinted processes a batch without asking, until that was in vain', async () => {
    await store.seen('unread');
    store.unreadNext = 'wanted';
    await store.seen('unread', 'batch');
    store.saved.tell();
    await store.seen('batch', 'batch');
    const looked = store.looks.length;
    store.saved.tell();
    await store.seen('unread', 'unread');
    expect(store.looks.slice(looked)).not.toContain('batch');
  });

  test('asks less and less often while nothing comes', async () => {
    await store.seen('unread');
    const looked = store.looks.length;
    await sleep(1_200);
    // After 50 and 100 ms, and then five times a second.
    expect(store.looks.length - looked).toBeLessThanOrEqual(9);
  });
});

test('everything that this process saves in a store is told', async () => {
  const { shops, close } = await openShops(1);
  const { stores } = shops[0] as Shop;
  const told: string[] = [];
  stores.inventory.pool.saved.listen(() => told.push('inventory'));
  stores.credit.pool.saved.listen(() => told.push('credit'));
  await stores.inventorySetUp.setNode({ ...aNode, id: 'n1' }, cause);
  await stores.inventorySetUp.setSource({ ...ERP, nodes: ['n1'] }, cause);
  expect(told.splice(0)).toEqual(['inventory', 'inventory']);
  const deny = { sku: 'tea', itemTag: null, nodeId: null, region: null, channel: null, shippingMethod: null };
  const rule = { id: 'r', deny, reason: 'x' };
  await stores.limitsSetUp.setRule(rule, cause);
  expect(told.splice(0)).toEqual(['inventory']);
  const tea = { sku: 'tea', name: 'Tea', backorder: { mode: 'none' }, perOrderMax: null, tags: [] } as const;
  await stores.inventorySetUp.setItem(tea, cause);
  told.splice(0);
  await stores.inventoryFeed.apply(ERP, [countRow({ sku: 'tea', count: 1 })], cause);
  expect(told.splice(0)).toEqual(['inventory']);
  await stores.credit.setAccount('ann', { currency: 'EUR', limit: 5 }, cause);
  expect(told).toEqual(['credit']);
  await close();
});
