import { createHash } from 'node:crypto';
import type { LogName } from '../../contracts/logs';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { type ChannelMessage, PARTITIONS } from './channel';

/** Versions are compared as text within a source, so they have a fixed number of digits. */
const SEQUENCE_DIGITS = 10;

/** An event in the structured JSON format of CloudEvents 1.0, with the extensions `sequence` and `partitionkey`. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** Names the log and the stream. */
  readonly source: string;
  readonly type: string;
  /** The stream. */
  readonly subject: string;
  /** The moment at which the event occurred. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The version of the event in its stream, with leading zeros: it rises by one from event to event. */
  readonly sequence: string;
  readonly partitionkey: string;
  /** The command that caused the event. */
  readonly causationid: string;
  /** The order, trip, reservation or request that the event belongs to. */
  readonly correlationid: string;
  readonly recordedtime: string;
  readonly traceparent?: string;
  /** The data of the event, and the `key` of its stream: its kind, and the ids that name the thing. */
  readonly data: Readonly<Record<string, unknown>>;
}

export function cloudEventOf(log: LogName, event: PositionedEvent): CloudEvent {
  const {
    id,
    stream,
    key,
    version,
    type,
    data,
    occurredAt,
    recordedAt,
    causation,
    correlation,
    traceparent,
  } = event;
  return {
    specversion: '1.0',
    id,
    source: `/holdfast/${log}/${stream}`,
    type,
    subject: stream,
    time: occurredAt,
    datacontenttype: 'application/json',
    sequence: String(version).padStart(SEQUENCE_DIGITS, '0'),
    partitionkey: stream,
    causationid: causation,
    correlationid: correlation,
    recordedtime: recordedAt,
    ...(traceparent === null ? {} : { traceparent }),
    data: { ...data, key },
  };
}

export function messageOf(log: LogName, event: PositionedEvent): ChannelMessage {
  const { id, type, stream } = event;
  const body = JSON.stringify(cloudEventOf(log, event));
  return { id, log, type, stream, partition: partitionOf(stream), body };
}

/** Returns the partition of a stream, the same in every version of Holdfast. */
export function partitionOf(stream: string): number {
  return createHash('sha256').update(stream).digest().readUInt32BE(0) % PARTITIONS;
}
