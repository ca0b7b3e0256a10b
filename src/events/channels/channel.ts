import type { PositionedEvent } from '../../stores/log/event-rows';

/** A message broker that gets every event of every log. docs/guides/channels.md says what each of them promises. */
export interface Channel {
  /** The kind of broker, such as `nats`; its subscriptions are `<name>-<log>`. */
  readonly name: string;
  /**
   * Connects, creates what is missing on the broker, and returns the identity of the broker's data. Another identity
   * than before means that the broker has lost its data: then every event is published again.
   * @throws Unavailable
   */
  identity(): Promise<string>;
  /**
   * Publishes messages and resolves when the broker has confirmed all of them. Messages of one stream arrive in order;
   * a failure may leave any of them published.
   * @throws StoppedAt at the first message that is not confirmed: its cause is Unavailable, or the fault of the message
   */
  publish(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** An event on its way to a broker. */
export interface ChannelMessage {
  /** The id of the event. */
  readonly id: string;
  readonly log: string;
  readonly type: PositionedEvent['type'];
  readonly stream: string;
  /** The partition of the stream, from 0 to PARTITIONS - 1. */
  readonly partition: number;
  /** The CloudEvent, as JSON. */
  readonly body: string;
}

/** Streams are spread over this many partitions. A consumer of one partition sees its streams in order. */
export const PARTITIONS = 8;
