import { failureText } from '../../../src/contracts/failure-text';
import type { Channel, ChannelMessage } from '../../../src/events/channels/channel';
import { CHANNEL_KINDS } from '../../../src/events/channels/channel-kinds';
import { channelSubscriptions } from '../../../src/events/channels/channel-subscriptions';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { Stores } from '../../../src/stores/stores';
import { BROKER_KINDS } from '../../../tools/brokers/broker-kinds';
import { BROKERS, type BrokerName, findProgram } from '../../../tools/brokers/broker-programs';
import { LocalBroker } from '../../../tools/brokers/local-broker';
import { BARE_PUBLISHERS } from './bare-publishers';
import { drain } from './drain';
import { type EventRate, eventRate } from './event-rates';

const WARM_UP: ChannelMessage = {
  id: 'warm-up',
  log: 'orders',
  stream: 'warm-up',
  type: 'warm-up',
  partition: 0,
  body: '{}',
};

/**
 * Publishes the log to each installed broker, then the same messages by a bare loop of its client. A broker that is not
 * installed, or fails, is a row that says so.
 */
export async function brokerRates(
  stores: Stores,
  events: number,
  bodies: readonly string[],
  postgresPid: number,
): Promise<EventRate[]> {
  const rates: EventRate[] = [];
  for (const name of BROKERS) {
    const program = findProgram(name);
    if ('missing' in program) rates.push({ what: name, events: program.missing });
    else
      rates.push(
        ...(await ratesOf(name, stores, events, bodies, postgresPid).catch((error: unknown) => [
          { what: name, events: failureText(error) },
        ])),
      );
  }
  return rates;
}

async function ratesOf(
  name: BrokerName,
  stores: Stores,
  events: number,
  bodies: readonly string[],
  postgresPid: number,
): Promise<EventRate[]> {
  const broker = await LocalBroker.start(BROKER_KINDS[name]);
  const channel = CHANNEL_KINDS[name](broker.url);
  try {
    await channel.identity();
    // A producer connects and asks for its id with its first message, which takes a second with Kafka.
    await channel.publish([WARM_UP], new AbortController().signal);
    const published = await eventRate(name, events, postgresPid, () =>
      drain(stores, ofOrders(channel), events),
    );
    const publish = await BARE_PUBLISHERS[name](broker.url);
    const bare = await eventRate(`a bare loop of the client of ${name}`, bodies.length, postgresPid, () =>
      publish.all(bodies),
    );
    await publish.close();
    return [published, bare];
  } finally {
    await channel.close();
    await broker.remove();
  }
}

/** Returns the subscription that publishes the log of orders to a channel. */
export function ofOrders(channel: Channel): Subscription {
  const found = channelSubscriptions(channel).find(({ log }) => log === 'orders');
  if (!found) throw new Error(`${channel.name} has no subscription to the orders`);
  return found;
}
