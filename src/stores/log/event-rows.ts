import { sqltag as sql } from '@prisma/client/runtime/client';
import { UNPUBLISHED_FIELD } from '../../contracts/logs';
import type { StreamKey } from '../../names/stream-key';

/** An event in the form common to all logs. */
export interface LoggedEvent {
  readonly id: string;
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly causation: string;
  readonly correlation: string;
  readonly traceparent: string | null;
  /** The owner of the API key that caused it, or `SYSTEM_CALLER`. */
  readonly caller: string;
}

/** The part of an event that folds of a whole stream read. */
export type FoldedEvent = Pick<
  LoggedEvent,
  'stream' | 'key' | 'version' | 'type' | 'occurredAt' | 'causation'
> & { readonly data: object };

/** An event with its position in the log of its store. */
export interface PositionedEvent extends LoggedEvent {
  readonly position: number;
}

/** The JSON of a log row as a `PositionedEvent`. No reader of a log gets sealed personal data. */
export const eventRow = sql`json_build_object('position', position, 'id', id, 'stream', stream, 'key', key, 'version', version,
  'type', type, 'data', data - ${UNPUBLISHED_FIELD}::text, 'occurredAt', iso(occurred_at), 'recordedAt', iso(recorded_at),
  'causation', causation, 'correlation', correlation, 'traceparent', traceparent,
  'caller', caller)`;
