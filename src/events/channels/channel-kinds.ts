import type { Channel } from './channel';
import { KafkaChannel } from './kafka-channel';
import { NatsChannel } from './nats-channel';
import { RedisChannel } from './redis-channel';

/** The kinds of broker, by the scheme of their URL. The library of a kind is loaded when it is connected to. */
export const CHANNEL_KINDS = {
  nats: (url: string): Channel => new NatsChannel(url),
  redis: (url: string): Channel => new RedisChannel(url),
  kafka: (url: string): Channel => new KafkaChannel(url),
} as const;

export type ChannelKind = keyof typeof CHANNEL_KINDS;
