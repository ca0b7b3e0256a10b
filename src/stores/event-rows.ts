import { sqltag as sql } from '@prisma/client/runtime/client';

/** An event as every log carries it. */
export interface LoggedEvent {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly causation: string;
  readonly correlation: string;
  readonly traceparent: string | null;
}

/** An event with its place in the log of its store. */
export interface PositionedEvent extends LoggedEvent {
  readonly position: number;
}

/** An event's columns in the order of `toEvent`. */
export const eventRow = sql`json_build_array(position, id, stream, version, type, data, iso(occurred_at),
  iso(recorded_at), causation, correlation, traceparent)`;

export type EventRow = readonly [
  position: number,
  id: string,
  stream: string,
  version: number,
  type: string,
  data: Readonly<Record<string, unknown>>,
  occurredAt: string,
  recordedAt: string,
  causation: string,
  correlation: string,
  traceparent: string | null,
];

/** One event as the program knows it, whichever query found its row. */
export function toEvent(row: EventRow): PositionedEvent {
  const [
    position,
    id,
    stream,
    version,
    type,
    data,
    occurredAt,
    recordedAt,
    causation,
    correlation,
    traceparent,
  ] = row;
  return {
    position,
    id,
    stream,
    version,
    type,
    data,
    occurredAt,
    recordedAt,
    causation,
    correlation,
    traceparent,
  };
}
