import { createHash } from 'node:crypto';
import type { CloudEvent } from '../../contracts/api/cloud-event';
import type { LogName } from '../../contracts/logs';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { type ChannelMessage, PARTITIONS } from './channel';

/** Versions are compared as text within a source, so they have a fixed number of digits. */
const SEQUENCE_DIGITS = 10;

/** Returns an event as the channels publish it. */
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
