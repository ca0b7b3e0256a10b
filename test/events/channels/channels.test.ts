import { setTimeout as sleep } from 'node:timers/promises';
import { CloudEvent as ValidCloudEvent } from 'cloudevents';
import { LOGS } from '../../../src/contracts/logs';
import type { ChannelMessage } from '../../../src/events/channels/channel';
import { CHANNEL_KINDS } from '../../../src/events/channels/channel-kinds';
import { messageOf } from '../../../src/events/channels/cloud-event';
import { StoppedAt } from '../../../src/events/subscriptions/one-by-one';
import { Unavailable } from '../../../src/events/subscriptions/outage';
import { BROKERS, findProgram } from '../../../tools/brokers/broker-programs';
import { allInOrder, PublishedLogs, versionsOf } from './published-logs';

/**
 * `npm run test:brokers` sets it. A missing broker is then an error; otherwise its tests are skipped with the reason.
 */
const ALL_REQUIRED = process.env.HOLDFAST_TEST_BROKERS === 'all';

const tested = BROKERS.filter((name) => {
  const program = findProgram(name);
  if ('missing' in program && !ALL_REQUIRED)
    console.warn(`skipped: the channel to ${name}: ${program.missing}`);
  return !('missing' in program) || ALL_REQUIRED;
});

let logs: PublishedLogs;

afterEach(() => logs?.close());

test('every broker is tested, or skipped with its reason', () => {
  expect(BROKERS.filter((name) => 'missing' in findProgram(name) === tested.includes(name))).toEqual(
    ALL_REQUIRED ? BROKERS.filter((name) => 'missing' in findProgram(name)) : [],
  );
});

test.each(tested)(
  '%s gets all events of every log, old and new, as valid CloudEvents, in order in each stream',
  async (name) => {
    logs = await PublishedLogs.open(name);
    for (const log of LOGS) await logs.append(log, 20);
    logs.relay();
    for (const log of LOGS) await logs.append(log, 20);
    await logs.caughtUp();
    const events = await logs.received();
    expect(versionsOf(events)).toEqual(allInOrder(4));
    expect(events).toHaveLength(120);
    for (const event of events) expect(() => new ValidCloudEvent({ ...event }).validate()).not.toThrow();
  },
);

test.each(tested)(
  '%s loses nothing when it is killed in the middle of the traffic, and nothing is parked',
  async (name) => {
    logs = await PublishedLogs.open(name);
    logs.relay();
    const { broker, relays } = logs;
    for (let round = 0; round < 2; round++) {
      await logs.append('orders', 30);
      await broker.kill();
      const failures = relays.errors.length;
      await logs.append('orders', 10);
      while (relays.errors.length === failures) await sleep(5);
      await broker.start();
    }
    await logs.caughtUp();
    expect(versionsOf(await logs.received())).toEqual(allInOrder(8, ['orders']));
    expect(await logs.parked()).toBe(0);
    expect(relays.errors.filter((error) => !(error instanceof Unavailable))).toEqual([]);
  },
);

test.each(tested)('%s gets everything again after it has lost its data', async (name) => {
  logs = await PublishedLogs.open(name);
  for (const log of LOGS) await logs.append(log, 20);
  logs.relay();
  await logs.caughtUp();
  await logs.broker.wipe();
  await logs.append('orders', 10);
  await logs.broker.start();
  // The logs without new events notice the loss at their next read, some seconds later.
  const isComplete = async () => Object.keys(versionsOf(await logs.received().catch(() => []))).length === 30;
  while (!(await isComplete())) await sleep(200);
  await logs.caughtUp();
  expect(versionsOf(await logs.received())).toEqual({
    ...allInOrder(2, ['inventory', 'credit']),
    ...allInOrder(3, ['orders']),
  });
  expect(await logs.parked()).toBe(0);
});

test.each(tested)('%s may accept connections and confirm nothing: the events wait', async (name) => {
  logs = await PublishedLogs.open(name);
  logs.relay();
  const { broker, relays } = logs;
  await logs.append('orders', 10);
  await logs.caughtUp();
  broker.freeze();
  await logs.append('orders', 10);
  const failures = relays.errors.length;
  while (relays.errors.length === failures) await sleep(50);
  broker.thaw();
  await logs.caughtUp();
  expect(versionsOf(await logs.received())).toEqual(allInOrder(2, ['orders']));
  expect(await logs.parked()).toBe(0);
});

test.each(tested)(
  'a channel to %s that is closed while it publishes says what was confirmed',
  async (name) => {
    logs = await PublishedLogs.open(name);
    const channel = CHANNEL_KINDS[name](logs.broker.url);
    const messages = Array.from({ length: 200 }, (_, at) => messageAt(at + 1));
    await channel.identity();
    const publishing = channel
      .publish(messages, new AbortController().signal)
      .catch((error: unknown) => error);
    const [outcome] = await Promise.all([publishing, channel.close()]);
    expect(outcome === undefined || outcome instanceof StoppedAt).toBe(true);
    const confirmed = outcome instanceof StoppedAt ? outcome.index : messages.length;
    const versions = versionsOf(await logs.received())['/holdfast/orders/order/s'] ?? [];
    expect(versions.slice(0, confirmed)).toEqual(Array.from({ length: confirmed }, (_, at) => at + 1));
  },
);

function messageAt(version: number): ChannelMessage {
  return messageOf('orders', {
    id: `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`,
    position: version,
    stream: 'order/s',
    key: { kind: 'order', id: 's' },
    version,
    type: 'test.happened.v1',
    data: {},
    occurredAt: '2026-11-30T00:00:00.000Z',
    recordedAt: '2026-11-30T00:00:00.000Z',
    causation: 'c',
    correlation: 'c',
    traceparent: null,
    caller: 'shop',
  });
}
