import { LOGS } from '../../contracts/logs';
import type { Subscription } from '../subscriptions/subscription';
import type { Channel } from './channel';
import { messageOf } from './cloud-event';

/**
 * Creates the subscriptions that publish every event of every log to a channel, one for each log. When the broker has
 * lost its data, they begin again at the start of the logs.
 */
export function channelSubscriptions(channel: Channel): readonly Subscription[] {
  return LOGS.map((log) => ({
    name: `${channel.name}-${log}`,
    log,
    revision: 1,
    types: null,
    handler: {
      kind: 'reaction',
      peer: () => channel.identity(),
      async react(events, signal) {
        await channel.publish(
          events.map((event) => messageOf(log, event)),
          signal,
        );
      },
    },
  }));
}
