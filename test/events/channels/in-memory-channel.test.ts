import type { ChannelMessage } from '../../../src/events/channels/channel';
import { channelSubscriptions } from '../../../src/events/channels/channel-subscriptions';
import { InMemoryChannel } from '../../../src/events/channels/in-memory-channel';
import { openStores, type Stores } from '../../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { caughtUpWith, Relays } from '../following';
import { LogWriter } from '../log-writers';

let database: TestDatabase;
let stores: Stores;
let writer: LogWriter;
const relays = new Relays();

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  writer = await LogWriter.connect(database.url, 'credit');
});

afterEach(async () => {
  await relays.stop();
  await writer.end();
  await stores.close();
  await database.drop();
});

function listen(listener: (message: ChannelMessage) => void): void {
  for (const subscription of channelSubscriptions(new InMemoryChannel(listener)))
    relays.start(stores, subscription);
}

const caughtUp = () => caughtUpWith(stores.subscriptions.credit, 'memory-credit');

test('a listener in the process gets every event in order, also those from before it', async () => {
  const heard: string[] = [];
  await writer.append('a');
  listen(({ body }) => heard.push(JSON.parse(body).sequence));
  await writer.append('a');
  await caughtUp();
  expect(heard).toEqual(['0000000001', '0000000002']);
});

test('a message that the listener fails on comes again, and those before it do not', async () => {
  const heard: string[] = [];
  let failures = 2;
  for (let n = 0; n < 3; n++) await writer.append('a');
  listen(({ body }) => {
    const { sequence } = JSON.parse(body);
    if (sequence === '0000000002' && failures-- > 0) throw new Error('not now');
    heard.push(sequence);
  });
  await caughtUp();
  expect(heard).toEqual(['0000000001', '0000000002', '0000000003']);
  expect((await stores.subscriptions.credit.list())[0]?.parkedCount).toBe(0);
});
